// The 21 joints (order: docs/viewer.md): wrist; thumb, index, middle, ring, little, each from the palm to the tip.
export const BONES = Array.from({ length: 20 }, (_, i) => [i % 4 ? i : 0, i + 1]);
export const FINGER_COLORS = ["#f2b84b", "#ef7d57", "#5cc8b0", "#5aa9e6", "#b48be4"];
export const fingerOf = (joint) => Math.max(0, (joint - 1) >> 2);

// Each hand's colour, as a CSS variable: its side's, and another where two hands of a side are seen. By number.
export function colorsOf(hands) {
  const colors = new Map(), taken = new Set();
  for (const { id, side } of [...hands].sort((a, b) => a.id - b.id)) {
    const color = taken.has(side) ? "other" : side;
    taken.add(color);
    colors.set(id, `--${color}`);
  }
  return colors;
}

export const cssColor = (variable) => getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
export const words = (gesture) => gesture.replaceAll("_", " ");
