// The depth picture, near is bright, and the skeletons over it.
import { BONES, FINGER_COLORS, colorsOf, cssColor, fingerOf, words } from "./skeleton.js";

// Stops of a ramp with even steps of lightness, near to far; index 0 of the table is "no reading".
const STOPS = [[252, 236, 200], [240, 160, 110], [190, 84, 110], [98, 48, 112], [28, 22, 52]];

function table() {
  const colors = new Uint32Array(256);
  for (let i = 1; i < 256; i++) {
    const at = ((i - 1) / 254) * (STOPS.length - 1);
    const low = Math.min(Math.floor(at), STOPS.length - 2);
    const mix = STOPS[low].map((c, k) => Math.round(c + (STOPS[low + 1][k] - c) * (at - low)));
    colors[i] = 0xff000000 | (mix[2] << 16) | (mix[1] << 8) | mix[0];
  }
  colors[0] = 0xff141010;
  return colors;
}

export function depthView(canvas) {
  const context = canvas.getContext("2d");
  const picture = document.createElement("canvas");
  const colors = table();
  let image = null, hands = [], camera = null, shown = true;

  function draw() {
    if (!camera) return;
    const scale = Math.max(1, Math.round((640 / camera.width) * Math.min(2, devicePixelRatio)));
    const width = camera.width * scale, height = camera.height * scale;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.fillStyle = "#101014";
    context.fillRect(0, 0, width, height);
    context.imageSmoothingEnabled = false;
    if (shown && image) context.drawImage(picture, 0, 0, width, height);
    const own = colorsOf(hands);
    for (const hand of hands) skeleton(hand, scale, cssColor(own.get(hand.id)));
  }

  function skeleton(hand, scale, color) {
    const pixels = hand.joints_mm.map(([x, y, z]) => [
      ((x * camera.fx) / z + camera.cx + 0.5) * scale, ((y * camera.fy) / z + camera.cy + 0.5) * scale,
    ]);
    const unit = Math.max(canvas.width / canvas.clientWidth, canvas.height / canvas.clientHeight); // of a CSS pixel
    context.lineCap = "round";
    for (const [color, wide] of [["rgba(10,10,16,0.75)", 5.5], [null, 2.75]]) {
      for (const [a, b] of BONES) {
        context.strokeStyle = color ?? FINGER_COLORS[fingerOf(b)];
        context.lineWidth = wide * unit;
        context.beginPath();
        context.moveTo(...pixels[a]);
        context.lineTo(...pixels[b]);
        context.stroke();
      }
    }
    context.font = `600 ${13 * unit}px system-ui, "DejaVu Sans", sans-serif`;
    const label = [`${hand.side} ${hand.id}`, words(hand.gesture)].filter(Boolean).join("  ");
    const wide = context.measureText(label).width + 16 * unit, high = 20 * unit;
    const x = Math.min(Math.max(pixels[0][0] - wide / 2, 4 * unit), canvas.width - wide - 4 * unit);
    const y = Math.min(Math.max(...pixels.map((p) => p[1])) + 10 * unit, canvas.height - high - 4 * unit);
    context.fillStyle = "rgba(10,10,16,0.82)";
    context.beginPath();
    context.roundRect(x, y, wide, high, high / 2);
    context.fill();
    context.fillStyle = color;
    context.fillText(label, x + 8 * unit, y + 14.5 * unit);
  }

  return {
    depth({ width, height, pixels }) {
      if (!image || image.width !== width || image.height !== height) {
        Object.assign(picture, { width, height });
        image = picture.getContext("2d").createImageData(width, height);
      }
      const out = new Uint32Array(image.data.buffer);
      for (let i = 0; i < out.length; i++) out[i] = colors[pixels[i]];
      picture.getContext("2d").putImageData(image, 0, 0);
    },
    hands(seen, from) { hands = seen; camera = from; },
    show(on) { shown = on; },
    draw,
  };
}
