// Judging calls: three questions, keys for all of them; kept by the local server, or here until they are downloaded.
"use strict";

antifraud.review = {
  questions: { natural: ["1", "2", "3"], label_right: ["4", "5", "6"], heard_well: ["7", "8", "9"] },
  opinions: ["yes", "no", "unsure"],
  place: "antifraud.reviews",

  all() {
    return JSON.parse(localStorage.getItem(this.place) ?? "{}");
  },

  form(entry) {
    const { h } = antifraud;
    this.entry = entry;
    const known = this.all()[entry.key] ?? {};
    const fields = Object.entries(this.questions).map(([question, keys]) => h("fieldset", {},
      h("legend", {}, antifraud.word(`review_${question}`)),
      this.opinions.map((opinion, at) => h("label", {},
        h("input", { type: "radio", name: question, value: opinion, checked: known[question] === opinion }),
        ` ${antifraud.word(opinion)} (${keys[at]})`))));
    this.drawn = h("form", { class: "review", id: "review", onsubmit: (event) => { event.preventDefault(); this.save(); } },
      h("h2", {}, antifraud.word("review")),
      h("label", {}, `${antifraud.word("reviewer")} `, h("input", { name: "reviewer", required: true, maxlength: 64, value: localStorage.getItem("antifraud.reviewer") ?? "" })),
      fields,
      h("label", {}, `${antifraud.word("note")} `, h("input", { name: "note", maxlength: 2000, value: known.note ?? "" })),
      h("p", {}, h("button", { type: "submit" }, `${antifraud.word("save")} (s)`), " ",
        h("button", { type: "button", onclick: () => this.move(1) }, `${antifraud.word("next")} (n)`), " ",
        h("button", { type: "button", onclick: () => this.move(-1) }, `${antifraud.word("back")} (p)`), " ",
        h("button", { type: "button", id: "download", onclick: () => this.download() }, antifraud.word("download")), " ",
        h("span", { role: "status", id: "saved" }, known.id ? antifraud.word("saved") : "")));
    return this.drawn;
  },

  async save() {
    const data = new FormData(this.drawn);
    const reviewer = String(data.get("reviewer")).trim();
    if (!reviewer) {
      this.drawn.elements.reviewer.focus();
      return;
    }
    const shelf = antifraud.get("meta", "site").shelves[Number(this.entry.key.split("/")[0])];
    const review = { schema_version: 1, id: this.entry.record.id, shelf, reviewer, note: String(data.get("note")) };
    for (const question of Object.keys(this.questions)) review[question] = data.get(question);
    const all = this.all();
    all[this.entry.key] = review;
    localStorage.setItem(this.place, JSON.stringify(all));
    localStorage.setItem("antifraud.reviewer", reviewer);
    let isKept = true;
    if (location.protocol === "http:") {
      const answer = await fetch("reviews", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(review) });
      isKept = answer.ok;
    }
    document.getElementById("saved").textContent = antifraud.word(isKept ? "saved" : "not_saved");
  },

  async move(by) {
    await antifraud.load("data/columns.js");
    const all = antifraud.get("columns", "all");
    const shelves = antifraud.get("meta", "site").shelves;
    const shelf = all.labels.shelf;
    const keys = all.ids.map((id, row) => `${shelves.indexOf(shelf.names[shelf.codes[row]])}/${id}`);
    const next = keys[keys.indexOf(this.entry.key) + by];
    if (next) location.href = antifraud.callAddress(next);
  },

  download() {
    const lines = Object.values(this.all()).map((review) => `${JSON.stringify(review)}\n`);
    const address = URL.createObjectURL(new Blob(lines, { type: "application/jsonl" }));
    const link = antifraud.h("a", { href: address, download: "reviews.jsonl" });
    link.click();
    URL.revokeObjectURL(address);
  },

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(text|search)$/.test(event.target.type ?? "")) return;
    for (const [question, keys] of Object.entries(this.questions)) {
      const at = keys.indexOf(event.key);
      if (at >= 0) this.drawn.querySelector(`[name="${question}"][value="${this.opinions[at]}"]`).checked = true;
    }
    const audio = document.querySelector("audio");
    if (event.key === "s") this.save();
    else if (event.key === "n") this.move(1);
    else if (event.key === "p") this.move(-1);
    else if (event.key === "k" && audio) audio[audio.paused ? "play" : "pause"]();
  },
};

addEventListener("keydown", (event) => antifraud.review.press(event));
