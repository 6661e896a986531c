// Says times, sizes and sums the way a person reads them.

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const thisYear = new Intl.DateTimeFormat("en", { day: "numeric", month: "long" });
const otherYear = new Intl.DateTimeFormat("en", { day: "numeric", month: "long", year: "numeric" });
const numbers = new Intl.NumberFormat("en");
const DAY = 24 * 60 * 60 * 1000;

export const timeOf = (unix) => clock.format(unix * 1000);
export const secondOf = (unix) => seconds.format(unix * 1000);
export const momentOf = (unix) => whole.format(unix * 1000);
export const count = (number) => numbers.format(number);

/** The local day as a key to compare by. */
export function dayKey(unix) {
  return new Date(unix * 1000).toDateString();
}

export function dayOf(unix) {
  const key = dayKey(unix);
  if (key === new Date().toDateString()) return "Today";
  if (key === new Date(Date.now() - DAY).toDateString()) return "Yesterday";
  const sameYear = new Date(unix * 1000).getFullYear() === new Date().getFullYear();
  return (sameYear ? thisYear : otherYear).format(unix * 1000);
}

export function sizeOf(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** The letters on a round avatar. */
export function initials(name) {
  const words = name.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letters = words.map((word) => word.match(/[\p{L}\p{N}]/u)[0]);
  return letters.slice(0, 2).join("").toUpperCase() || "?";
}

export const stars = (amount) => `⭐️${count(amount)}`;
