// A hand's bare skeleton: balls at the joints, sticks between them, a colour for each finger.
import { CylinderGeometry, Group, Mesh, MeshStandardMaterial, SphereGeometry, Vector3 } from "three";
import { BONES, FINGER_COLORS, fingerOf } from "./skeleton.js";

const UP = new Vector3(0, 1, 0);
const STICK = new CylinderGeometry(2.6, 2.6, 1, 14, 1, true), BALL = new SphereGeometry(4.4, 18, 12);
const WRIST = 1.6; // its ball is so much larger, and has the hand's own colour

export function sticks(color) {
  const colors = FINGER_COLORS.map((finger) => new MeshStandardMaterial({ color: finger, roughness: 0.5 }));
  const own = new MeshStandardMaterial({ color, roughness: 0.5 });
  const bars = BONES.map(([, to]) => new Mesh(STICK, colors[fingerOf(to)]));
  const balls = Array.from({ length: 21 }, (_, joint) => new Mesh(BALL, joint ? colors[fingerOf(joint)] : own));
  balls[0].scale.setScalar(WRIST);
  const group = new Group(), along = new Vector3();
  group.add(...bars, ...balls);
  group.userData.pose = (joints) => {
    joints.forEach(([x, y, z], joint) => balls[joint].position.set(x, -y, -z));
    BONES.forEach(([from, to], i) => {
      along.subVectors(balls[to].position, balls[from].position);
      const length = along.length() || 1e-3;
      bars[i].position.copy(balls[from].position).addScaledVector(along, 0.5);
      bars[i].quaternion.setFromUnitVectors(UP, along.divideScalar(length));
      bars[i].scale.set(1, length, 1);
    });
  };
  group.userData.free = () => [...colors, own].forEach((material) => material.dispose());
  return group;
}
