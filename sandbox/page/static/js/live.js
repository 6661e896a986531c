// The one connection to the server: it asks, it hears what happens, and it comes back by itself.

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;
const LOST = "The connection was lost before the answer came.";

const waiting = new Map();
let socket = null;
let counted = 0;

/** Connects and stays connected: `onNews` hears each event, `onState` whether the line stands. */
export function connect(onNews, onState) {
  let pause = FIRST_PAUSE;
  let next = 0;

  const open = () => {
    clearTimeout(next);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/live`);
    socket.addEventListener("open", () => {
      pause = FIRST_PAUSE;
      onState(true);
    });
    socket.addEventListener("message", ({ data }) => {
      const news = JSON.parse(data);
      if (news.type === "done") settle(news);
      else onNews(news);
    });
    socket.addEventListener("close", () => {
      giveUp();
      onState(false);
      next = setTimeout(open, pause);
      pause = Math.min(pause * 1.7, LONGEST_PAUSE);
    });
  };

  window.addEventListener("online", () => {
    if (socket.readyState === WebSocket.CLOSED) open();
  });
  open();
}

/** Asks the server to do something. Resolves to its result, rejects with a sentence a person can read. */
export function request(act) {
  if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Error("There is no connection just now."));
  const id = ++counted;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    socket.send(JSON.stringify({ ...act, id }));
  });
}

function settle({ id, ok, result, error }) {
  const asked = waiting.get(id);
  if (!asked) return;
  waiting.delete(id);
  if (ok) asked.resolve(result);
  else asked.reject(new Error(error));
}

function giveUp() {
  for (const { reject } of waiting.values()) reject(new Error(LOST));
  waiting.clear();
}

/** Sends a file from a phone; its bytes are too large for the socket's frames. */
export async function upload(person, kind, file, caption) {
  const asked = new URLSearchParams({ person, kind, name: file.name || "file.bin", caption });
  const answer = await fetch(`/upload?${asked}`, {
    method: "POST",
    headers: { "X-Sandbox": "1", "Content-Type": file.type || "application/octet-stream" },
    body: file,
  });
  const told = await answer.json().catch(() => ({ ok: false, error: `The file was not taken (${answer.status}).` }));
  if (!told.ok) throw new Error(told.error);
}
