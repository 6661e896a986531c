// What the page knows, in one place, and who wants to hear when it changes.

export const known = {
  bot: { id: 0, name: "Sandbox", username: "" },
  people: new Map(),
  languages: [],
  panel: null,
  telegram: null,
  store: { state: "starting", line: "" },
  calls: [],
  violations: [],
  tour: [],
};

const CALLS_KEPT = 300;
const listeners = new Map();
// A phone's first message may be told before the phone itself is.
const early = new Map();

export function on(name, listener) {
  if (!listeners.has(name)) listeners.set(name, []);
  listeners.get(name).push(listener);
}

export function tell(name, detail) {
  for (const listener of listeners.get(name) ?? []) listener(detail);
}

/** Takes in one event of the server and passes it on. */
export function learn(news) {
  const take = TAKES[news.type];
  if (take) take(news);
}

const TAKES = {
  all(news) {
    known.people = new Map(news.people.map((person) => [person.id, person]));
    early.clear();
    for (const field of ["bot", "languages", "panel", "telegram", "store", "calls", "violations", "tour"]) {
      known[field] = news[field] ?? known[field];
    }
    tell("all");
  },
  message: (news) => ofPerson(news),
  edit: (news) => ofPerson(news),
  delete: (news) => ofPerson(news),
  person({ person }) {
    known.people.set(person.id, { ...known.people.get(person.id), ...person });
    tell("person", known.people.get(person.id));
    for (const news of early.get(person.id) ?? []) tell(news.type, news);
    early.delete(person.id);
  },
  bot(news) {
    known.bot = news.bot;
    tell("bot");
  },
  panel(news) {
    known.panel = news.panel;
    tell("panel");
  },
  telegram(news) {
    known.telegram = news.telegram;
    tell("telegram");
  },
  store(news) {
    known.store = news.store;
    tell("store");
  },
  call({ call }) {
    known.calls = [...known.calls.slice(-CALLS_KEPT + 1), call];
    tell("call", call);
  },
  violation({ text }) {
    known.violations = [...known.violations, text];
    tell("violation", text);
  },
};

function ofPerson(news) {
  if (known.people.has(news.person)) tell(news.type, news);
  else early.set(news.person, [...(early.get(news.person) ?? []), news]);
}

/** Remembers a choice of the person at the page; a browser that keeps nothing is no reason to fail. */
export function keep(key, value) {
  try {
    if (value === null) localStorage.removeItem(`sandbox:${key}`);
    else localStorage.setItem(`sandbox:${key}`, value);
  } catch {
    return;
  }
}

export function kept(key) {
  try {
    return localStorage.getItem(`sandbox:${key}`);
  } catch {
    return null;
  }
}
