// The 21 joints (order: docs/viewer.md): wrist; thumb, index, middle, ring, little, each from the palm to the tip.
export const BONES = Array.from({ length: 20 }, (_, i) => [i % 4 ? i : 0, i + 1]);
export const FINGER_COLORS = ["#f2b84b", "#ef7d57", "#5cc8b0", "#5aa9e6", "#b48be4"];
export const MCPS = [5, 9, 13, 17];
export const fingerOf = (joint) => Math.max(0, (joint - 1) >> 2);

// Radii in mm of a hand whose palm is 95 mm long: how thick a finger is around its joints.
const THUMB = [14, 11.5, 9.5, 7.5], FINGER = [11, 8.8, 7.6, 6.2];
export const radius = (joint) =>
  joint === 0 ? 15 : joint < 5 ? THUMB[joint - 1] : FINGER[(joint - 1) % 4] * (joint > 16 ? 0.86 : 1);
