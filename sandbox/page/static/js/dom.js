// Builds nodes one by one, so that nothing from outside is ever read as HTML.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "inert", "selected", "open"]);

/** Makes an element: `onclick` and its like listen, `dataset` is copied, all else becomes an attribute. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (PROPERTIES.has(name)) node[name] = value;
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false) node.setAttribute(name, value);
  }
  node.append(...present(children));
  return node;
}

/** Puts these children in place of what the node holds. */
export function fill(node, ...children) {
  node.replaceChildren(...present(children));
}

/** Writes text only where it differs: a node that stays as it is keeps its selection. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = {
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  dots: "M5.5 12v.01M12 12v.01M18.5 12v.01",
  send: "M4 12l-.8-7.2L21 12 3.2 19.2 4 12zm0 0h8",
  clip: "M19 11.5l-7.2 7.2a4.6 4.6 0 01-6.5-6.5l7.6-7.6a3.1 3.1 0 014.4 4.4l-7.4 7.4a1.5 1.5 0 01-2.2-2.2l6.6-6.6",
  close: "M6 6l12 12M18 6L6 18",
  chevron: "M6 9.5l6 6 6-6",
  down: "M12 5v14M6 13l6 6 6-6",
  keyboard: "M3.5 6.5h17v11h-17zM7 10h.01M10.3 10h.01M13.7 10h.01M17 10h.01M8 14h8",
  lines: "M4.5 7.5h15M4.5 12h15M4.5 16.5h15",
  copy: "M9 9h10v10H9zM15 9V5H5v10h4",
  out: "M8 16L17 7M9.5 7H17v7.5",
  file: "M7 3.5h7l4 4v13H7zM14 3.5v4h4",
  photo: "M4 5h16v14H4zM4 16l4.5-4.5L13 16l3-3 4 4M15.5 9.2v.01",
  person: "M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 20a7.5 7.5 0 0115 0z",
  plus: "M12 5v14M5 12h14",
  drawer: "M4 5h16v14H4zM14.5 5v14",
  sun: "M12 16a4 4 0 100-8 4 4 0 000 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  globe: "M12 21a9 9 0 100-18 9 9 0 000 18zM3 12h18M12 3c5 5.5 5 12.5 0 18M12 3c-5 5.5-5 12.5 0 18",
  ban: "M12 21a9 9 0 100-18 9 9 0 000 18zM5.7 5.7l12.6 12.6",
  sound: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.5 4.5 0 010 6M18 6.5a8 8 0 010 11",
  mute: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5",
  reply: "M9.5 6L4 11.5 9.5 17M4.5 11.5H14a6 6 0 016 6",
  pen: "M4.5 19.5l1-4.5L16 4.5l3.5 3.5L9 18.5z",
  bin: "M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7",
  pin: "M9 4h6l-1 6 3.5 3.5h-11L10 10zM12 13.5V20",
};

/** Draws one of the page's own icons; a control that shows nothing else needs a label of its own. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}
