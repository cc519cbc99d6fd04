// The list of calls: filters and sorting work on columns of numbers; the texts are read when somebody searches.
"use strict";

antifraud.list = {
  page: 100,
  shown: ["branch", "scene", "fraud_type", "outcome", "awareness", "source", "codec"],
  rows: [],

  async texts() {
    const files = antifraud.get("meta", "site").texts;
    if (!this.allTexts) {
      await Promise.all(Array.from({ length: files }, (_, at) => antifraud.load(`data/texts/${String(at).padStart(3, "0")}.js`)));
      this.allTexts = Array.from({ length: files }, (_, at) => antifraud.get("texts", String(at))).flat();
    }
    return this.allTexts;
  },

  // Row numbers that pass every filter of the state, in the order it asks for.
  async select(state) {
    const all = antifraud.get("columns", "all");
    const query = (state.get("q") ?? "").toLowerCase();
    const wanted = Object.entries(all.labels)
      .filter(([label]) => state.has(label))
      .map(([label, column]) => [column.codes, column.names.indexOf(state.get(label))]);
    const texts = query ? await this.texts() : null;
    const rows = [];
    for (let row = 0; row < all.ids.length; row += 1) {
      if (wanted.every(([codes, code]) => codes[row] === code) && (!query || texts[row].includes(query))) rows.push(row);
    }
    return this.sorted(rows, all, state.get("sort"));
  },

  sorted(rows, all, sort) {
    if (!sort) return rows;
    const [name, direction] = [sort.replace(/^-/, ""), sort.startsWith("-") ? -1 : 1];
    const column = Object.hasOwn(all.labels, name) ? all.labels[name] : null;
    const ranks = column && column.names.map((value, code) => [value, code]).sort(([one], [two]) => (one < two ? -1 : 1))
      .reduce((found, [, code], rank) => { found[code] = rank; return found; }, []);
    const value = column ? (row) => ranks[column.codes[row]] : { seconds: (row) => all.seconds[row], turns: (row) => all.turns[row] }[name];
    const compare = value ? (one, two) => value(one) - value(two) : (one, two) => (all.ids[one] < all.ids[two] ? -1 : 1);
    return rows.sort((one, two) => direction * compare(one, two) || one - two);
  },

  async refresh() {
    const started = performance.now();
    const state = antifraud.state();
    const ticket = (this.ticket = {});
    const rows = await this.select(state);
    if (ticket !== this.ticket) return;
    this.rows = rows;
    this.draw(state);
    document.getElementById("found").dataset.milliseconds = (performance.now() - started).toFixed(1);
  },

  draw(state) {
    const { h } = antifraud;
    const all = antifraud.get("columns", "all");
    const last = Math.max(0, Math.ceil(this.rows.length / this.page) - 1);
    const page = Math.min(last, Math.max(0, (parseInt(state.get("page"), 10) || 1) - 1));
    document.getElementById("found").textContent = `${this.rows.length.toLocaleString("en")} / ${all.ids.length.toLocaleString("en")} ${antifraud.word("calls")}`;
    document.getElementById("place").textContent = `${page + 1} / ${last + 1}`;
    document.getElementById("before").disabled = page === 0;
    document.getElementById("after").disabled = page === last;
    this.heads(state);
    const name = (label, row) => all.labels[label].names[all.labels[label].codes[row]];
    const shelves = antifraud.get("meta", "site").shelves;
    const line = (row) => h("tr", { class: all.fraud[row] ? "fraud" : null },
      h("th", { scope: "row" }, h("a", { href: antifraud.callAddress(`${shelves.indexOf(name("shelf", row))}/${all.ids[row]}`) }, all.ids[row])),
      this.shown.map((label) => h("td", {}, name(label, row) ? antifraud.label(name(label, row)) : "–")),
      h("td", { class: "number" }, antifraud.clock(all.seconds[row])), h("td", { class: "number" }, all.turns[row]));
    document.querySelector("#rows tbody").replaceChildren(...this.rows.slice(page * this.page, (page + 1) * this.page).map(line));
  },

  heads(state) {
    const { h } = antifraud;
    const sort = state.get("sort") ?? "";
    const head = (key) => {
      const isSorted = sort.replace(/^-/, "") === key;
      const order = isSorted ? (sort.startsWith("-") ? "descending" : "ascending") : null;
      return h("th", { scope: "col", "aria-sort": order }, h("button", {
        type: "button", "data-sort": key, onclick: () => this.change({ sort: sort === key ? `-${key}` : key, page: "" }),
      }, `${antifraud.word(key)}${order ? (order === "ascending" ? " ↑" : " ↓") : ""}`));
    };
    const focused = document.activeElement?.dataset?.sort;
    document.getElementById("heads").replaceChildren(...["id", ...this.shown, "seconds", "turns"].map(head));
    if (focused) document.querySelector(`[data-sort="${CSS.escape(focused)}"]`)?.focus();
  },

  change(values) {
    const state = antifraud.state();
    for (const [key, value] of Object.entries(values)) {
      if (value) state.set(key, value);
      else state.delete(key);
    }
    antifraud.keep(state);
    return this.refresh();
  },

  // Columns of models are called by number; their names are text from elsewhere.
  title(label) {
    const [, number, task] = label.match(/^model_(\d+)_(.+)$/) ?? [];
    return number ? `${antifraud.get("meta", "site").models[Number(number)]}: ${antifraud.word(task)}` : antifraud.word(label);
  },

  selects() {
    const { h } = antifraud;
    const all = antifraud.get("columns", "all");
    const state = antifraud.state();
    const boxes = Object.entries(all.labels).filter(([label, column]) => state.has(label)
      || (column.names.length > 1 && !/^model_\d+_(scene|fraud_type)$/.test(label))).map(([label, column]) => {
      const counts = new Array(column.names.length).fill(0);
      for (const code of column.codes) counts[code] += 1;
      const options = column.names.map((value, code) => [value, counts[code]]).sort(([, one], [, two]) => two - one);
      return h("label", {}, h("span", {}, this.title(label)),
        h("select", { id: `by-${label}`, name: label, onchange: (event) => this.change({ [label]: event.target.value, page: "" }) },
          h("option", { value: "" }, antifraud.word("all")),
          options.filter(([value]) => value).map(([value, count]) => h("option", { value, selected: state.get(label) === value }, `${antifraud.label(value)} (${count})`))));
    });
    document.getElementById("selects").replaceChildren(...boxes);
    document.getElementById("q").value = state.get("q") ?? "";
  },

  open() {
    this.selects();
    return this.refresh();
  },
};

document.addEventListener("DOMContentLoaded", () => {
  const { list } = antifraud;
  antifraud.redraws.push(() => list.open());
  addEventListener("hashchange", () => list.open());
  let typing;
  document.getElementById("q").addEventListener("input", (event) => {
    clearTimeout(typing);
    typing = setTimeout(() => list.change({ q: event.target.value, page: "" }), 80);
  });
  document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("clear").addEventListener("click", () => {
    antifraud.keep(new URLSearchParams(antifraud.language === "zh" ? { lang: "zh" } : {}));
    list.open();
  });
  const turn = (by) => list.change({ page: String((parseInt(antifraud.state().get("page"), 10) || 1) + by) });
  document.getElementById("before").addEventListener("click", () => turn(-1));
  document.getElementById("after").addEventListener("click", () => turn(1));
  list.open();
});
