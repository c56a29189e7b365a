// Hands in 3D, with their skin or as bare skeletons, to be turned. Camera frame (x right, y down, z forward, mm).
import {
  Color, DirectionalLight, GridHelper, Group, HemisphereLight, PerspectiveCamera, Quaternion, Scene, Vector3, WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { colorsOf, cssColor, words } from "./skeleton.js";
import { model, skinned } from "./skin.js";
import { sticks } from "./sticks.js";

const UP = new Vector3(0, 1, 0);
const HOME = new Vector3(0.16, 0.2, 1).normalize(); // where the view is from, seen from the hands
const HAND_MM = 140; // from the middle knuckle, about which the view turns, to the farthest thing shown of a hand
const TURN = 0.12, CALM = 0.06; // radians a key; share of the way to the hands that each frame goes
const WRIST = 0, MIDDLE_MCP = 9;

export function space(canvas, labels) {
  const renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
  const scene = new Scene();
  const sky = new HemisphereLight(0xffffff, 0x8a8f94, 1.7), sun = new DirectionalLight(0xfff4e6, 2.2);
  sun.position.set(-250, 420, 260);
  const camera = new PerspectiveCamera(38, 1, 5, 5000);
  scene.add(sky, sun, camera);
  const controls = new OrbitControls(camera, canvas);
  controls.enablePan = false;
  controls.minDistance = 120;
  controls.maxDistance = 1600;
  const hands = new Map();
  const goal = new Vector3(0, 0, -500);
  let last = [], grid = null, flesh = null, fleshed = true, dirty = true, settled = false, chosen = false; // chosen: by a person, who is not to be zoomed about
  controls.addEventListener("start", () => { chosen = true; });
  controls.addEventListener("change", () => { dirty = true; });
  model("hand.bin").then((loaded) => { flesh = loaded; again(); });

  // How far away all hands are seen whole.
  function distance() {
    const half = (camera.fov / 360) * Math.PI, narrow = Math.atan(Math.tan(half) * Math.min(1, camera.aspect));
    const apart = [...hands.values()].map(({ center }) => center.distanceTo(goal));
    return Math.min(controls.maxDistance, (Math.max(0, ...apart) + HAND_MM) / Math.sin(narrow));
  }

  function home() {
    chosen = false;
    controls.target.copy(goal);
    camera.position.copy(goal).add(HOME.clone().multiplyScalar(distance()));
    controls.update();
    dirty = true;
  }

  function theme() {
    const line = new Color(cssColor("--line"));
    if (grid) { scene.remove(grid); grid.dispose(); }
    grid = new GridHelper(1200, 24, line, line);
    scene.add(grid);
    again();
  }

  function make(variable) {
    const color = new Color(cssColor(variable)), group = new Group(), label = document.createElement("p");
    const forms = { bones: sticks(color), ...(flesh && { skin: skinned(flesh, color) }) };
    group.add(...Object.values(forms));
    scene.add(group);
    label.style.setProperty("--color", `var(${variable})`);
    labels.append(label);
    return { group, forms, label, center: new Vector3(), foot: new Vector3() };
  }

  function drop(key) {
    const { group, forms, label } = hands.get(key);
    scene.remove(group);
    label.remove();
    for (const form of Object.values(forms)) form.userData.free();
    hands.delete(key);
  }

  // Every hand is made anew: a colour or the skin has changed.
  function again() {
    for (const key of hands.keys()) drop(key);
    show(last);
  }

  function follow() {
    if (!hands.size) return;
    const middle = new Vector3();
    for (const { center } of hands.values()) middle.addScaledVector(center, 1 / hands.size);
    goal.copy(middle);
    if (!settled) { settled = true; home(); }
    const away = camera.position.clone().sub(controls.target);
    if (!chosen) away.setLength(away.length() + (distance() - away.length()) * CALM);
    controls.target.lerp(goal, CALM);
    camera.position.copy(controls.target).add(away);
  }

  function turn(across, down) {
    const away = camera.position.clone().sub(controls.target);
    away.applyQuaternion(new Quaternion().setFromAxisAngle(UP, across * TURN));
    const side = new Vector3().crossVectors(UP, away).normalize();
    const tilted = away.clone().applyQuaternion(new Quaternion().setFromAxisAngle(side, down * TURN));
    if (Math.abs(tilted.clone().normalize().y) < 0.98) away.copy(tilted);
    camera.position.copy(controls.target).add(away);
    controls.update();
    dirty = true;
  }

  function zoom(factor) {
    chosen = true;
    const away = camera.position.clone().sub(controls.target).multiplyScalar(factor);
    camera.position.copy(controls.target).add(away.clampLength(controls.minDistance, controls.maxDistance));
    controls.update();
    dirty = true;
  }

  function resize() {
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = Math.min(2, devicePixelRatio);
    if (canvas.width === Math.floor(width * ratio) && canvas.height === Math.floor(height * ratio)) return;
    renderer.setPixelRatio(ratio);
    renderer.setSize(width, height, false);
    camera.aspect = width / Math.max(1, height);
    camera.updateProjectionMatrix();
    dirty = true;
  }

  // Names stand below the wrists, wherever the camera is.
  function name({ label, foot }) {
    const seen = foot.clone().project(camera), { clientWidth: width, clientHeight: height } = canvas;
    label.hidden = Math.abs(seen.x) > 1 || Math.abs(seen.y) > 1 || seen.z > 1;
    label.style.transform = `translate(${((seen.x + 1) / 2) * width}px, ${((1 - seen.y) / 2) * height}px) translate(-50%, 0)`;
  }

  function draw() {
    resize();
    if (!dirty) return;
    dirty = false;
    if (grid) grid.position.set(goal.x, goal.y - 170, goal.z);
    controls.update();
    renderer.render(scene, camera);
    hands.forEach(name);
  }

  function show(seen) {
    last = seen;
    const colors = colorsOf(seen), keyOf = ({ id, side }) => `${id}${side}${colors.get(id)}`;
    const kept = new Set(seen.map(keyOf));
    for (const key of hands.keys()) if (!kept.has(key)) drop(key);
    for (const hand of seen) {
      const key = keyOf(hand);
      if (!hands.has(key)) hands.set(key, make(colors.get(hand.id)));
      const { forms, label, center, foot } = hands.get(key);
      const shown = fleshed && forms.skin ? "skin" : "bones";
      for (const [form, body] of Object.entries(forms)) body.visible = form === shown;
      forms[shown].userData.pose(hand.joints_mm, hand.side);
      const told = [`${hand.side} ${hand.id}`, words(hand.gesture)].filter(Boolean).join("  ");
      if (label.textContent !== told) label.textContent = told;
      const at = (joint) => { const [x, y, z] = hand.joints_mm[joint]; return new Vector3(x, -y, -z); };
      center.copy(at(MIDDLE_MCP));
      foot.copy(at(WRIST)).addScaledVector(at(WRIST).sub(center).normalize(), 48);
    }
    follow();
    dirty = true;
  }

  return {
    hands: show,
    flesh(on) { fleshed = on; show(last); },
    draw, home, theme, turn, zoom,
  };
}
