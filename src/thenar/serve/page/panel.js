// Everything on the page that is text: hands, speed, recording.
const STAGES = ["capture", "wait", "track", "gesture"];
const SHOWN_MS = 16.7; // a full bar: one frame at 60 frames per second
const LEAST_TURN = 5; // degrees: a hand that pinches is never quite still
const EVERY_MS = 120; // text that changes faster can't be read

import { colorsOf, words } from "./skeleton.js";

const by = (id) => document.getElementById(id);

function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

function turned(radians) {
  const degrees = Math.round((radians * 180) / Math.PI);
  return Math.abs(degrees) < LEAST_TURN ? "" : `turn ${degrees > 0 ? "right" : "left"} ${Math.abs(degrees)}°`;
}

function bar(name) {
  const row = document.createElement("div");
  row.className = "bar";
  row.innerHTML = '<span></span><span class="track"><i></i></span><span></span>';
  row.firstChild.textContent = name;
  return { row, set(value, shown) { row.querySelector("i").style.transform = `scaleX(${Math.min(1, value)})`; text(row.lastChild, shown); } };
}

function card() {
  const row = document.createElement("div");
  row.className = "hand";
  row.innerHTML = '<div class="name"><span class="side"></span><span class="gesture"></span></div><div class="place"></div>';
  const pinch = bar("pinch"), grab = bar("grab");
  row.append(pinch.row, grab.row);
  return { row, pinch, grab };
}

export function panel() {
  const cards = new Map(), bars = STAGES.map(bar);
  by("stages").replaceWith(...bars.map(({ row }) => row));
  const mean = new Map();
  let last = 0, camera = true;

  function hands(seen) {
    const kept = new Set(seen.map(({ id }) => id)), colors = colorsOf(seen);
    for (const [id, { row }] of cards) if (!kept.has(id)) { row.remove(); cards.delete(id); }
    for (const hand of seen) {
      if (!cards.has(hand.id)) { cards.set(hand.id, card()); by("hands").append(cards.get(hand.id).row); }
      const { row, pinch, grab } = cards.get(hand.id);
      row.style.setProperty("--color", `var(${colors.get(hand.id)})`);
      text(row.querySelector(".side"), `${hand.side === "right" ? "Right" : "Left"} hand ${hand.id}`);
      text(row.querySelector(".gesture"), [words(hand.gesture), hand.swipe && `swipe ${hand.swipe}`, turned(hand.turn)].filter(Boolean).join(", "));
      text(row.querySelector(".place"), `wrist at ${hand.joints_mm[0].map((v) => v.toFixed(0)).join(", ")} mm`);
      pinch.set(hand.pinch, hand.pinch.toFixed(2));
      grab.set(hand.grab, hand.grab.toFixed(2));
    }
    if (!seen.length) text(by("hands"), "None in view."); else if (by("hands").firstChild.nodeType === 3) by("hands").firstChild.remove();
    by("empty").hidden = seen.length > 0;
  }

  return {
    frame(message) {
      for (const [stage, ms] of Object.entries(message.timings_ms)) mean.set(stage, (mean.get(stage) ?? ms) * 0.9 + ms * 0.1);
      if (performance.now() - last < EVERY_MS) return;
      last = performance.now();
      hands(message.hands);
      text(by("fps"), message.fps.toFixed(0));
      text(by("total"), mean.get("total").toFixed(1));
      text(by("dropped"), String(message.dropped));
      STAGES.forEach((stage, i) => bars[i].set((mean.get(stage) ?? 0) / SHOWN_MS, `${(mean.get(stage) ?? 0).toFixed(1)} ms`));
      by("behind").hidden = !message.behind;
      text(by("behind"), message.behind === "capture" ? "The source leaves frames out." : `${message.behind} is too slow: frames are dropped.`);
    },
    state(message) {
      const name = message.state !== "running" ? message.state : message.playback?.paused ? "paused" : message.mode === "replay" ? "replay" : camera ? "live" : "playing";
      by("state").dataset.state = message.state;
      text(by("state"), name);
      by("message").hidden = !message.message;
      text(by("message"), message.message);
      by("record").dataset.on = message.recording;
      by("record").disabled = message.mode === "replay";
      text(by("record").querySelector(".label"), message.recording ? "Stop" : "Record");
      by("replay").disabled = !message.recorded || message.mode === "replay";
      by("live").disabled = message.mode === "live" && message.state === "running";
      const { recorded } = message;
      if (recorded) text(by("recorded"), `${recorded.frames} frames${recorded.dropped ? `, ${recorded.dropped} lost` : ""} in ${recorded.path}`);
    },
    away(why) {
      by("state").dataset.state = "away";
      text(by("state"), why);
      mean.clear();
    },
    error(why) {
      by("message").hidden = false;
      text(by("message"), why);
    },
    missed(count) { text(by("missed"), String(count)); },
    source(name, live) { camera = live; text(by("source"), name); document.title = `${name} – thenar`; },
  };
}
