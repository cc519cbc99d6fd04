// What every page shares: data by script elements (fetch does not read files), elements without HTML, words, state.
"use strict";

const antifraud = {
  tables: {},
  loading: new Map(),
  redraws: [],

  // A data script hands over one value.
  put(table, key, value) {
    (this.tables[table] ??= new Map()).set(key, value);
  },

  get(table, key) {
    return this.tables[table]?.get(key);
  },

  // Resolves when the script has run; a second call waits for the first.
  load(path) {
    if (!this.loading.has(path)) {
      this.loading.set(path, new Promise((done, failed) => {
        const script = document.createElement("script");
        script.src = path;
        script.onload = done;
        script.onerror = () => failed(new Error(path));
        document.head.append(script);
      }));
    }
    return this.loading.get(path);
  },

  // The value of a key in a table that is spread over files by FNV-1a, as scripts.py does it.
  async find(table, key) {
    const known = this.get(table, key);
    if (known !== undefined || !this.get("meta", "site")) return known;
    let hash = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    const number = hash % this.get("meta", "site").shards;
    await this.load(`data/${table}/${String(number).padStart(3, "0")}.js`).catch(() => undefined);
    return this.get(table, key);
  },

  // An element; children are text, never HTML. Attributes whose value is null or false are left out.
  h(name, attributes = {}, ...children) {
    return antifraud.fill(document.createElement(name), attributes, children);
  },

  svg(name, attributes = {}, ...children) {
    return antifraud.fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
  },

  fill(element, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else element.setAttribute(key, value === true ? "" : String(value));
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  },

  // The language of the interface; what calls say stays Chinese.
  language: "en",

  word(key) {
    return this.get("words", "all")[key]?.[this.language] ?? key;
  },

  // A label value in the language of the interface; one without a word of its own is shown as it is.
  label(value) {
    return this.get("words", "all")[`label.${value}`]?.[this.language] ?? String(value).replaceAll("_", " ");
  },

  speak(language) {
    this.language = language === "zh" ? "zh" : "en";
    document.documentElement.lang = this.language === "zh" ? "zh-Hans" : "en";
    for (const place of document.querySelectorAll("[data-word]")) place.textContent = this.word(place.dataset.word);
    for (const place of document.querySelectorAll("[data-label]")) {
      place.dataset.label ||= place.textContent;
      place.textContent = this.label(place.dataset.label);
    }
    const button = document.getElementById("language");
    button.textContent = this.language === "zh" ? "English" : "中文";
    button.lang = this.language === "zh" ? "en" : "zh";
    for (const link of document.querySelectorAll("header nav a")) {
      link.href = `${link.getAttribute("href").split("#")[0]}${this.language === "zh" ? "#lang=zh" : ""}`;
    }
  },

  // The state of a page stands in its address, behind the #.
  state() {
    return new URLSearchParams(location.hash.slice(1));
  },

  keep(state) {
    const text = state.toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  },

  // The address of a call; keys are encoded, so that nothing in them ends the value.
  callAddress(key, more = {}) {
    const state = new URLSearchParams({ call: key, ...more });
    if (this.language === "zh") state.set("lang", "zh");
    return `call.html#${state}`;
  },

  clock(seconds) {
    const whole = Math.floor(seconds);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  },
};

document.addEventListener("DOMContentLoaded", () => {
  antifraud.speak(antifraud.state().get("lang"));
  document.getElementById("language").addEventListener("click", () => {
    const state = antifraud.state();
    if (antifraud.language === "zh") state.delete("lang");
    else state.set("lang", "zh");
    antifraud.keep(state);
    antifraud.speak(state.get("lang"));
    for (const redraw of antifraud.redraws) redraw();
  });
});
