// The WebSocket: opens it, opens it again when it is lost, and says what came. Fields: docs/viewer.md.
const VERSION = 1;
const HEADER_BYTES = 24;
const AGAIN_MS = 1000;

export function link(on) {
  let socket = null;
  const open = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/stream${location.search}`);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") return on.depth(depth(data));
      const message = JSON.parse(data);
      if (message.version !== VERSION) return on.away("this page is older than its server; load it again");
      on[message.type]?.(message);
    };
    socket.onclose = () => {
      on.away("not connected");
      setTimeout(open, AGAIN_MS);
    };
  };
  open();
  return (type, fields = {}) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type, ...fields }));
  };
}

function depth(buffer) {
  const view = new DataView(buffer);
  return {
    width: view.getUint16(6, true),
    height: view.getUint16(8, true),
    step: view.getUint16(10, true),
    sequence: view.getUint32(12, true),
    pixels: new Uint8Array(buffer, HEADER_BYTES),
  };
}
