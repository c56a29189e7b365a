// Joints of a right hand in, the transforms that its skin hangs on out; the same 43 as thenar.data.skin has.
// Matrices are nine numbers, row by row. Plain arithmetic, so that a test can hold it against Python's.
const FOREARM = 21, BEND = 22, COUNT = 43;
const STRETCH = [0.6, 1.6]; // a bone that is measured wrong must not turn the hand into a spider
const TWIST = { thumb: 0.8, finger: 0.25 }; // radians about its own axis that a bent finger's plane may turn it
const PLANE = [0.1, 0.4]; // sine of a bend from which its plane is believed, and from which it is believed fully

const sub = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const scaled = (a, s) => [a[0] * s, a[1] * s, a[2] * s];
const length = (a) => Math.sqrt(dot(a, a));
const unit = (a) => scaled(a, 1 / Math.max(length(a), 1e-6));
const clamp = (x, [low, high]) => Math.min(high, Math.max(low, x));
const row = (m, r) => [m[3 * r], m[3 * r + 1], m[3 * r + 2]];
const apply = (m, v) => [dot(row(m, 0), v), dot(row(m, 1), v), dot(row(m, 2), v)];
const transposed = (m) => [m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]];
const product = (a, b) => {
  const columns = transposed(b);
  return [0, 1, 2].flatMap((r) => [0, 1, 2].map((c) => dot(row(a, r), row(columns, c))));
};

// Unit rows: to the thumb's side, to the wrist, out of the back of the hand; and how wide and long the palm is.
function palm(joints) {
  const middle = scaled([5, 9, 13, 17].reduce((sum, j) => sub(sum, scaled(joints[j], -1)), [0, 0, 0]), 0.25);
  const down = sub(joints[0], middle), over = sub(joints[5], joints[17]);
  const y = unit(down), across = sub(over, scaled(y, dot(over, y))), x = unit(across);
  return { axes: [...x, ...y, ...cross(x, y)], wide: length(across), long: length(down) };
}

function about(axis, cosine, sine) {
  const [x, y, z] = axis, rest = 1 - cosine;
  return [
    cosine + x * x * rest, x * y * rest - z * sine, x * z * rest + y * sine,
    y * x * rest + z * sine, cosine + y * y * rest, y * z * rest - x * sine,
    z * x * rest - y * sine, z * y * rest + x * sine, cosine + z * z * rest,
  ];
}

// The shortest turn from one unit vector to another.
function swing(from, to) {
  const axis = cross(from, to), sine = length(axis);
  return sine < 1e-6 ? about([1, 0, 0], 1, 0) : about(scaled(axis, 1 / sine), dot(from, to), sine);
}

// Half way between two rotations; the formula is that of thenar.data.skin.
function halfway(above, below) {
  const turn = product(transposed(above), below), cosine = (turn[0] + turn[4] + turn[8] - 1) / 2;
  const half = Math.sqrt(Math.max((1 + cosine) / 2, 0.01));
  const axis = [turn[7] - turn[5], turn[2] - turn[6], turn[3] - turn[1]];
  const scale = 1 / (16 * (1 + half) * half * half);
  return product(above, turn.map((value, i) => {
    const r = Math.floor(i / 3), c = i % 3;
    return (value / 2 + (r === c ? 0.5 : 0) - scale * axis[r] * axis[c]) / half;
  }));
}

// A rotation after stretching space by `along` in a direction and by `aside` square to it.
function stretched(rotation, direction, along, aside) {
  const grow = [0, 1, 2].flatMap((r) => [0, 1, 2].map((c) => (r === c ? aside : 0) + (along - aside) * direction[r] * direction[c]));
  return product(rotation, grow);
}

// rest: { joints, flex }, 21 points of the model and the unit axes its joints flex about. joints: 21 points, mm.
// Gives 43 times { linear, joint, place }: a vertex v at rest comes to lie at linear (v - joint) + place.
export function pose(rest, joints) {
  const before = palm(rest.joints), now = palm(joints);
  const wide = clamp(now.wide / before.wide, STRETCH), long = clamp(now.long / before.long, STRETCH), size = Math.sqrt(wide * long);
  const root = product(transposed(now.axes), before.axes);
  const grown = before.axes.map((value, i) => value * [wide, long, size][Math.floor(i / 3)]);
  const rotations = [root], linears = [product(transposed(now.axes), grown)], out = new Array(COUNT);

  for (let finger = 0; finger < 5; finger++) {
    const first = 4 * finger + 1;
    const bones = [0, 1, 2].map((k) => sub(joints[first + k + 1], joints[first + k]));
    for (let k = 0; k < 3; k++) {
      const j = first + k, along = sub(rest.joints[j + 1], rest.joints[j]), way = unit(bones[k]);
      const above = k ? rotations[j - 1] : root;
      let turn = product(swing(unit(apply(above, along)), way), above);
      if (k === 0) turn = product(twist(turn, way, rest.flex[j + 1], bones, finger ? TWIST.finger : TWIST.thumb), turn);
      rotations[j] = turn;
      linears[j] = stretched(turn, unit(along), clamp(length(bones[k]) / length(along), STRETCH), size);
    }
    rotations[first + 3] = rotations[first + 2];
    linears[first + 3] = linears[first + 2];
  }
  for (let j = 0; j < 21; j++) {
    const above = j === 0 || j % 4 === 1 ? root : rotations[j - 1];
    const half = halfway(above, rotations[j]).map((value) => value * size);
    out[j] = { linear: linears[j], joint: rest.joints[j], place: joints[j] };
    out[BEND + j] = { linear: j ? half : linears[0], joint: rest.joints[j], place: joints[j] };
  }
  out[FOREARM] = out[0];
  return out;
}

// The turn about a finger's first bone that brings its hinges square to the plane it bends in.
function twist(turn, way, flex, bones, most) {
  const normal = [0, 1].map((k) => cross(unit(bones[k]), unit(bones[k + 1]))).reduce((a, b) => sub(a, scaled(b, -1)));
  const trust = clamp((length(normal) - PLANE[0]) / (PLANE[1] - PLANE[0]), [0, 1]);
  const hinge = apply(turn, flex), square = (v) => unit(sub(v, scaled(way, dot(v, way))));
  const from = square(hinge), to = square(scaled(normal, Math.sign(dot(normal, hinge)) || 1)); // bent back: the other way
  const angle = clamp(Math.atan2(dot(cross(from, to), way), dot(from, to)), [-most, most]) * trust;
  return about(way, Math.cos(angle), Math.sin(angle));
}
