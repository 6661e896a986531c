// Starts the page: puts its parts together and connects them to the server.

import { el, icon, setText } from "./dom.js";
import { Drawer } from "./drawer/drawer.js";
import { connect } from "./live.js";
import { Shelf } from "./shelf.js";
import { known, learn, on } from "./state.js";
import { themeButton } from "./theme.js";
import { Tour } from "./tour.js";

const at = (id) => document.getElementById(id);

const drawer = new Drawer(at("drawer"), () => tour.restart());
const shelf = new Shelf(at("phones"), at("tabs"), drawer.tab);
const tour = new Tour(at("tour"), shelf);

const addButton = el(
  "button",
  { type: "button", class: "tool wide-only", onclick: () => shelf.add() },
  icon("plus"),
  "Add a customer",
);
at("tools").append(drawer.storeChip, addButton, themeButton(), drawer.toggle);

const showBot = () => {
  setText(at("shop-name"), known.bot.name);
  at("shop-note").hidden = known.bot.name.toLowerCase() === "sandbox";
  shelf.unreadChanged();
};
on("all", showBot);
on("bot", showBot);

connect(learn, (isConnected) => {
  document.body.classList.toggle("is-offline", !isConnected);
  setText(at("connection"), isConnected ? "" : "Connection lost, trying again…");
});
