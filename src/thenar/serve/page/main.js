// The page: what comes over the WebSocket is drawn at the screen's own pace; buttons and keys do the same things.
import { depthView } from "./depth.js";
import { link } from "./link.js";
import { panel } from "./panel.js";
import { player } from "./player.js";
import { space } from "./space.js";

const by = (id) => document.getElementById(id);
const words = panel();
const picture = depthView(by("depth"));
const room = open3d();
let fresh = false, recording = false;

function open3d() {
  const probe = document.createElement("canvas");
  if (probe.getContext("webgl2")) return space(by("space"), by("names"));
  by("empty").textContent = "This browser has no WebGL 2: no 3D view.";
  by("empty").id = "no-webgl";
  const nothing = () => {};
  return { hands: nothing, flesh: nothing, draw: nothing, home: nothing, theme: nothing, turn: nothing, zoom: nothing };
}

const send = link({
  hello: ({ source, live }) => words.source(source, live),
  frame(message) {
    words.frame(message);
    picture.hands(message.hands, message.camera);
    room.hands(message.hands);
    film.frame(message.place);
    fresh = true;
  },
  depth(frame) { picture.depth(frame); fresh = true; },
  state(message) { recording = message.recording; words.state(message); film.state(message); },
  viewer: ({ dropped }) => words.missed(dropped),
  error: ({ message }) => words.error(message),
  away: words.away,
});

const film = player(send);

function loop() {
  if (fresh) picture.draw();
  fresh = false;
  room.draw();
  requestAnimationFrame(loop);
}

function toggle(id, apply) {
  const on = by(id).getAttribute("aria-pressed") !== "true";
  by(id).setAttribute("aria-pressed", on);
  apply(on);
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  room.theme();
  return name;
}

const dark = matchMedia("(prefers-color-scheme: dark)");
theme(localStorage.getItem("theme") ?? (dark.matches ? "dark" : "light"));
dark.addEventListener("change", () => localStorage.getItem("theme") ?? theme(dark.matches ? "dark" : "light"));

const actions = {
  theme: () => localStorage.setItem("theme", theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark")),
  skin: () => toggle("skin", room.flesh),
  home: () => room.home(),
  picture: () => toggle("picture", (on) => { picture.show(on); send("want", { depth: on ? 8 : 0 }); fresh = true; }),
  record: () => send(recording ? "stop_recording" : "record"),
  replay: () => send("replay"),
  live: () => send("live"),
  back: film.back,
  pause: film.pause,
  step: film.step,
};
for (const [id, act] of Object.entries(actions)) by(id).addEventListener("click", act);

const press = (id) => () => by(id).click();
const keys = {
  t: press("theme"), s: press("skin"), d: press("picture"), r: press("record"), p: press("replay"), l: press("live"), 0: press("home"),
  " ": press("pause"), ",": press("back"), ".": press("step"), "[": film.slower, "]": film.faster,
  "+": () => room.zoom(0.88), "=": () => room.zoom(0.88), "-": () => room.zoom(1 / 0.88),
  ArrowLeft: () => room.turn(-1, 0), ArrowRight: () => room.turn(1, 0), ArrowUp: () => room.turn(0, -1), ArrowDown: () => room.turn(0, 1),
};
// A slider and a list have keys of their own, and space presses the button that has the focus.
const busy = ({ target, key }) =>
  (/^(INPUT|SELECT)$/.test(target.tagName) && /^Arrow|^ $/.test(key)) || (target.tagName === "BUTTON" && key === " ");
addEventListener("keydown", (event) => {
  const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey || busy(event)) return;
  event.preventDefault();
  act();
});
loop();
