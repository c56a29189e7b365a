/* Activations of sixteen float32 at once. Their results are within a few units in the last place of the reference's, or
 * within 1e-7 where they cross zero.
 */
#ifndef THENAR_LANES_FUNCTIONS_H
#define THENAR_LANES_FUNCTIONS_H

#include "lanes.h"

THENAR_INLINE thenar_f32x16 thenar_splat16(float x)
{
    return (thenar_f32x16){0} + x;
}

THENAR_INLINE thenar_f32x16 thenar_min16(thenar_f32x16 a, thenar_f32x16 b)
{
    return thenar_select16(a < b, a, b);
}

THENAR_INLINE thenar_f32x16 thenar_abs16(thenar_f32x16 x)
{
    return (thenar_f32x16)((thenar_i32x16)x & 0x7fffffff);
}

/* x within [low, high]; where low > high, high wins. */
THENAR_INLINE thenar_f32x16 thenar_clip16(thenar_f32x16 x, float low, float high)
{
    return thenar_min16(thenar_max16(x, thenar_splat16(low)), thenar_splat16(high));
}

THENAR_INLINE thenar_f32x16 thenar_prelu16(thenar_f32x16 x, thenar_f32x16 slope)
{
    return thenar_select16(x < 0.0f, x * slope, x);
}

THENAR_INLINE thenar_f32x16 thenar_hard_sigmoid16(thenar_f32x16 x, float alpha, float beta)
{
    return thenar_clip16(x * alpha + beta, 0.0f, 1.0f);
}

THENAR_INLINE thenar_f32x16 thenar_hard_swish16(thenar_f32x16 x)
{
    return x * thenar_hard_sigmoid16(x, 1.0f / 6.0f, 0.5f);
}

THENAR_INLINE thenar_f32x16 thenar_sigmoid16(thenar_f32x16 x)
{
    const thenar_f32x16 e = thenar_exp16(-thenar_abs16(x)), positive = 1.0f / (1.0f + e);
    return thenar_select16(x < 0.0f, e * positive, positive);
}

THENAR_INLINE thenar_f32x16 thenar_elu16(thenar_f32x16 x, float alpha)
{
    return thenar_select16(x < 0.0f, (thenar_exp16(thenar_min16(x, thenar_splat16(0.0f))) - 1.0f) * alpha, x);
}

/* x tanh(log(1 + e^x)) = x n / (n + 2) with n = e^x (e^x + 2). */
THENAR_INLINE thenar_f32x16 thenar_mish16(thenar_f32x16 x)
{
    const thenar_f32x16 e = thenar_exp16(thenar_min16(x, thenar_splat16(20.0f))), n = e * (e + 2.0f);
    return x * (n / (n + 2.0f));
}

/* The rational functions with which Eigen approximates tanh and erf (MathFunctionsImpl.h). */
THENAR_INLINE thenar_f32x16 thenar_tanh16(thenar_f32x16 given)
{
    const thenar_f32x16 x = thenar_clip16(given, -7.90531110763549805f, 7.90531110763549805f), z = x * x;
    thenar_f32x16 p = z * -2.76076847742355e-16f + 2.00018790482477e-13f;
    p = p * z + -8.60467152213735e-11f;
    p = p * z + 5.12229709037114e-08f;
    p = p * z + 1.48572235717979e-05f;
    p = p * z + 6.37261928875436e-04f;
    p = p * z + 4.89352455891786e-03f;
    thenar_f32x16 q = z * 1.19825839466702e-06f + 1.18534705686654e-04f;
    q = q * z + 2.26843463243900e-03f;
    q = q * z + 4.89352518554385e-03f;
    return thenar_select16(thenar_abs16(x) < 0.0004f, x, x * p / q);
}

THENAR_INLINE thenar_f32x16 thenar_erf16(thenar_f32x16 given)
{
    const thenar_f32x16 x = thenar_clip16(given, -4.0f, 4.0f), z = x * x;
    thenar_f32x16 p = z * -2.72614225801306e-10f + 2.77068142495902e-08f;
    p = p * z + -2.10102402082508e-06f;
    p = p * z + -5.69250639462346e-05f;
    p = p * z + -7.34990630326855e-04f;
    p = p * z + -2.95459980854025e-03f;
    p = p * z + -1.60960333262415e-02f;
    thenar_f32x16 q = z * -1.45660718464996e-05f + -2.13374055278905e-04f;
    q = q * z + -1.68282697438203e-03f;
    q = q * z + -7.37332916720468e-03f;
    q = q * z + -1.42647390514189e-02f;
    return x * p / q;
}

THENAR_INLINE thenar_f32x16 thenar_gelu16(thenar_f32x16 x)
{
    return 0.5f * x * (1.0f + thenar_erf16(x * 0.70710678f)); /* x / sqrt(2) */
}

THENAR_INLINE thenar_f32x16 thenar_gelu_tanh16(thenar_f32x16 x) /* sqrt(2 / pi) = 0.79788456 */
{
    return 0.5f * x * (1.0f + thenar_tanh16(0.79788456f * (x + 0.044715f * x * x * x)));
}

#endif
