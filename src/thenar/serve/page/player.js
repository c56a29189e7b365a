// How a recording is gone through: speed, pause, steps, any frame. Sends what a person asks for, shows what the server says.
const by = (id) => document.getElementById(id);
const SPEEDS = [0.25, 0.5, 1, 2, 4];

export function player(send) {
  let now = null, place = 0, held = false;

  function tell() {
    by("place").textContent = now ? `${place + 1} of ${now.count}` : "";
    if (!held) by("seek").value = place;
  }

  function seek(index) {
    if (!now) return;
    place = Math.min(now.count - 1, Math.max(0, index));
    send("seek", { index: place });
    tell();
  }

  function faster(steps) {
    if (!now) return;
    const at = SPEEDS.reduce((best, speed, i) => (Math.abs(speed - now.speed) < Math.abs(SPEEDS[best] - now.speed) ? i : best), 0);
    send("speed", { speed: SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + steps))] });
  }

  by("seek").addEventListener("pointerdown", () => { held = true; });
  by("seek").addEventListener("pointerup", () => { held = false; });
  by("seek").addEventListener("input", () => seek(Number(by("seek").value)));
  by("speed").addEventListener("change", () => send("speed", { speed: Number(by("speed").value) }));
  return {
    back: () => { if (now) { send("pause"); seek(place - 1); } },
    step: () => send("step"),
    pause: () => now && send(now.paused ? "resume" : "pause"),
    slower: () => faster(-1),
    faster: () => faster(1),
    frame(at) { if (at !== null) { place = at; if (now) tell(); } },
    state({ playback }) {
      now = playback;
      by("player").hidden = !now;
      if (!now) return;
      by("seek").max = now.count - 1;
      by("pause").textContent = now.paused ? "Play" : "Pause";
      by("speed").value = String(now.speed);
      tell();
    },
  };
}
