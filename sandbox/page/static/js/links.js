// Knows which links Telegram keeps for itself, so that they act in the chat instead of leaving it.

const OUTSIDE = new Set(["http:", "https:", "mailto:", "tel:"]);

/** What following the link means: {kind: start | invoice | share | bot | web | app, …}. */
export function meaningOf(link, botName) {
  const url = parsed(link);
  if (!url) return { kind: "app", link };
  const own = url.protocol === "tg:" ? fromScheme(url) : fromSite(url);
  if (own?.bot !== undefined) {
    if (own.bot.toLowerCase() !== botName.toLowerCase()) return { kind: "web", link: url.href };
    return own.payload === null ? { kind: "bot" } : { kind: "start", payload: own.payload };
  }
  if (own) return own;
  return OUTSIDE.has(url.protocol) ? { kind: "web", link: url.href } : { kind: "app", link };
}

function parsed(link) {
  const whole = /^[a-z][a-z\d+.-]*:/i.test(link) ? link : `http://${link}`;
  try {
    return new URL(whole);
  } catch {
    return null;
  }
}

function fromScheme(url) {
  const asked = url.searchParams;
  if (url.host !== "resolve" && !url.pathname.endsWith("resolve")) return null;
  return asked.has("domain") ? { bot: asked.get("domain"), payload: asked.get("start") } : null;
}

function fromSite(url) {
  if (!/^(www\.)?(t\.me|telegram\.me)$/.test(url.host)) return null;
  const path = decodeURIComponent(url.pathname.slice(1));
  if (path.startsWith("$")) return { kind: "invoice", link: `https://t.me/${path}` };
  if (path === "share/url" || path === "share") {
    return { kind: "share", link: url.searchParams.get("url") ?? "", text: url.searchParams.get("text") ?? "" };
  }
  if (/^\w+$/.test(path)) return { bot: path, payload: url.searchParams.get("start") };
  return null;
}
