// A hand's skin: the model of thenar.data.mesh, carried by the joints. Camera frame (x right, y down, z forward, mm).
import { Bone, BufferAttribute, BufferGeometry, Matrix4, MeshStandardMaterial, Skeleton, SkinnedMesh } from "three";
import { pose } from "./pose.js";

const HEADER_BYTES = 16, JOINTS = 21, BONES = 43;

// The layout is told in thenar.serve.hand_mesh. Resolves to what `skinned` takes, or to null without a model.
export async function model(url) {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) return null;
  const data = await answer.arrayBuffer(), head = new DataView(data);
  const vertices = head.getUint32(8, true), triangles = head.getUint32(12, true);
  let at = HEADER_BYTES;
  const take = (Kind, count) => { const part = new Kind(data, at, count); at += part.byteLength; return part; };
  const points = (flat) => Array.from({ length: JOINTS }, (_, j) => [...flat.subarray(3 * j, 3 * j + 3)]);
  const rest = { joints: points(take(Float32Array, 3 * JOINTS)), flex: points(take(Float32Array, 3 * JOINTS)) };
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(take(Float32Array, 3 * vertices), 3));
  geometry.setAttribute("skinIndex", new BufferAttribute(take(Uint8Array, 4 * vertices), 4));
  geometry.setAttribute("skinWeight", new BufferAttribute(take(Uint8Array, 4 * vertices), 4, true));
  geometry.setIndex(new BufferAttribute(take(Uint16Array, 3 * triangles), 1));
  geometry.computeVertexNormals();
  return { rest, geometry };
}

export function skinned({ rest, geometry }, color) {
  const bones = Array.from({ length: BONES }, () => new Bone());
  const skeleton = new Skeleton(bones, bones.map(() => new Matrix4()));
  const mesh = new SkinnedMesh(geometry, new MeshStandardMaterial({ color, roughness: 0.58 }));
  mesh.bindMode = "detached"; // bones are placed in the mesh's own frame
  mesh.bind(skeleton, new Matrix4());
  mesh.frustumCulled = false;
  mesh.matrixAutoUpdate = false;
  mesh.userData.pose = (joints, side) => {
    const mirror = side === "left" ? -1 : 1; // the model is a right hand
    mesh.matrix.makeScale(mirror, -1, -1);
    pose(rest, joints.map(([x, y, z]) => [mirror * x, y, z])).forEach(({ linear: a, joint: [x, y, z], place: p }, k) => {
      const moved = [0, 1, 2].map((r) => p[r] - (a[3 * r] * x + a[3 * r + 1] * y + a[3 * r + 2] * z));
      bones[k].matrixWorld.set(...a.slice(0, 3), moved[0], ...a.slice(3, 6), moved[1], ...a.slice(6, 9), moved[2], 0, 0, 0, 1);
    });
    mesh.matrixWorldNeedsUpdate = true;
  };
  mesh.userData.free = () => { skeleton.dispose(); mesh.material.dispose(); };
  return mesh;
}
