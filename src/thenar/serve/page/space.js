// Hands in 3D: a body of rounded cones or the bare skeleton, to be turned. Camera frame (x right, y down, z forward, mm).
import {
  CylinderGeometry, Color, DirectionalLight, GridHelper, Group, HemisphereLight, Mesh, MeshStandardMaterial,
  PerspectiveCamera, Quaternion, Scene, SphereGeometry, Vector3, WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { BONES, FINGER_COLORS, MCPS, fingerOf, radius } from "./skeleton.js";

const PALM_MM = 95;
const UP = new Vector3(0, 1, 0);
const TURN = 0.12;

// A body's points are the joints and, behind them, four at the heel of the hand: one below each finger.
const HEEL = 21;
const LINKS = [
  ...BONES.filter(([a]) => a !== 0).map(([a, b]) => [a, b, radius(a), radius(b)]),
  ...MCPS.map((joint, k) => [HEEL + k, joint, 13.5, 11]),
  ...[0, 1, 2].map((k) => [MCPS[k], MCPS[k + 1], 10.5, 10]),
  ...[0, 1, 2].map((k) => [HEEL + k, HEEL + k + 1, 13.5, 13.5]),
  ...[0, 1, 2].flatMap((k) => [[HEEL + k, MCPS[k + 1], 13, 10], [HEEL + k + 1, MCPS[k], 13, 10]]),
  [HEEL, 1, 13.5, 14], [1, 5, 12, 9], [2, 5, 9, 8], [HEEL + 1, 17, 12, 10], [HEEL + 2, 5, 12, 10],
];

const xyz = ([x, y, z]) => new Vector3(x, -y, -z);

function points(joints) {
  const all = joints.map(xyz);
  const middle = MCPS.reduce((sum, joint) => sum.add(all[joint]), new Vector3()).multiplyScalar(0.25);
  return [...all, ...MCPS.map((joint) => all[joint].clone().sub(middle).multiplyScalar(0.5).add(all[0]))];
}

function body(links, ball, material) {
  const group = new Group();
  const cones = links.map(([, , from, to], i) => new Mesh(new CylinderGeometry(to, from, 1, 18, 1, true), material(links[i][1])));
  const balls = ball.map(([at, size]) => new Mesh(new SphereGeometry(size, 20, 14), material(at)));
  group.add(...cones, ...balls);
  const along = new Vector3();
  group.userData.pose = (all, scale) => {
    links.forEach(([a, b], i) => {
      along.subVectors(all[b], all[a]);
      const length = along.length() || 1e-3;
      cones[i].position.copy(all[a]).addScaledVector(along, 0.5);
      cones[i].quaternion.setFromUnitVectors(UP, along.divideScalar(length));
      cones[i].scale.set(scale, length, scale);
    });
    ball.forEach(([at], i) => { balls[i].position.copy(all[at]); balls[i].scale.setScalar(scale); });
  };
  return group;
}

function makeHand(skin) {
  const bone = FINGER_COLORS.map((color) => new MeshStandardMaterial({ color, roughness: 0.5 }));
  const ends = new Map();
  for (const [a, b, from, to] of LINKS) { ends.set(a, Math.max(from, ends.get(a) ?? 0)); ends.set(b, Math.max(to, ends.get(b) ?? 0)); }
  const flesh = body(LINKS, [...ends], () => skin);
  const bones = body(BONES.map(([a, b]) => [a, b, 2.6, 2.6]), Array.from({ length: 21 }, (_, j) => [j, j ? 4.4 : 6]), (j) => bone[fingerOf(j)]);
  const group = new Group();
  group.add(flesh, bones);
  group.userData = { flesh, bones };
  return group;
}

export function space(canvas) {
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
  const skins = { right: new MeshStandardMaterial({ roughness: 0.62 }), left: new MeshStandardMaterial({ roughness: 0.62 }) };
  const hands = new Map();
  const goal = new Vector3(0, 0, -500);
  let grid = null, fleshed = true, dirty = true, settled = false;
  controls.addEventListener("change", () => { dirty = true; });

  const home = () => {
    controls.target.copy(goal);
    camera.position.copy(goal).add(new Vector3(0.16, 0.2, 1).multiplyScalar(hands.size > 1 ? 520 : 350));
    controls.update();
    dirty = true;
  };

  function theme() {
    const style = getComputedStyle(document.documentElement);
    for (const side of ["right", "left"]) skins[side].color = new Color(style.getPropertyValue(`--${side}`).trim());
    const line = new Color(style.getPropertyValue("--line").trim());
    if (grid) scene.remove(grid);
    grid = new GridHelper(1200, 24, line, line);
    scene.add(grid);
    dirty = true;
  }

  function follow() {
    if (!hands.size) return;
    const middle = new Vector3();
    for (const { center } of hands.values()) middle.addScaledVector(center, 1 / hands.size);
    goal.copy(middle);
    if (!settled) { settled = true; home(); }
    const step = goal.clone().sub(controls.target).multiplyScalar(0.06);
    controls.target.add(step);
    camera.position.add(step);
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
    const away = camera.position.clone().sub(controls.target).multiplyScalar(factor);
    camera.position.copy(controls.target).add(away.clampLength(controls.minDistance, controls.maxDistance));
    controls.update();
    dirty = true;
  }

  function draw() {
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = Math.min(2, devicePixelRatio);
    if (canvas.width !== Math.floor(width * ratio) || canvas.height !== Math.floor(height * ratio)) {
      renderer.setPixelRatio(ratio);
      renderer.setSize(width, height, false);
      camera.aspect = width / Math.max(1, height);
      camera.updateProjectionMatrix();
      dirty = true;
    }
    if (!dirty) return;
    dirty = false;
    if (grid) grid.position.set(goal.x, goal.y - 170, goal.z);
    controls.update();
    renderer.render(scene, camera);
  }

  return {
    hands(seen) {
      const kept = new Set(seen.map(({ id, side }) => `${id}${side}`));
      for (const [key, hand] of hands) if (!kept.has(key)) { scene.remove(hand.group); hands.delete(key); }
      for (const { id, side, joints_mm } of seen) {
        const key = `${id}${side}`;
        if (!hands.has(key)) { hands.set(key, { group: makeHand(skins[side]), center: new Vector3() }); scene.add(hands.get(key).group); }
        const { group, center } = hands.get(key), all = points(joints_mm);
        const scale = all[0].distanceTo(all[9]) / PALM_MM;
        const { flesh, bones } = group.userData;
        [flesh.visible, bones.visible] = [fleshed, !fleshed];
        (fleshed ? flesh : bones).userData.pose(all, fleshed ? scale : 1);
        center.copy(all[9]);
      }
      follow();
      dirty = true;
    },
    flesh(on) { fleshed = on; dirty = true; },
    draw, home, theme, turn, zoom,
  };
}
