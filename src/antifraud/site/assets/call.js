// The page of a call: its key stands in the address.
"use strict";

antifraud.openCall = async () => {
  const { h } = antifraud;
  const place = document.getElementById("call");
  const state = antifraud.state();
  const key = state.get("call") ?? antifraud.get("only", "key") ?? "";
  const entry = await antifraud.find("calls", key);
  if (!entry) {
    place.replaceChildren(h("p", { role: "alert" }, `${antifraud.word("no_such_call")}: ${key}`));
    return;
  }
  const story = await antifraud.find("stories", `${key.split("/")[0]}/${entry.record.storyline}`);
  const other = state.get("with") ? await antifraud.find("calls", state.get("with")) : undefined;
  document.title = `antifraud · ${entry.record.id}`;
  const before = document.querySelector("audio");
  const resume = before && place.dataset.key === key ? before.currentTime : 0;
  place.dataset.key = key;
  antifraud.drawCall(place, entry, story, other);
  const audio = place.querySelector("audio");
  if (audio && resume) audio.currentTime = resume;
};

antifraud.drawCall = (place, entry, story, other) => {
  const { h } = antifraud;
  const record = entry.record;
  const audio = entry.audio ? h("audio", { controls: true, preload: "metadata", src: entry.audio }) : null;
  const seek = audio ? (seconds) => {
    audio.currentTime = seconds;
    audio.dispatchEvent(new Event("timeupdate"));
  } : null;
  const wave = entry.peaks.length ? antifraud.wave(entry, seek) : null;
  const turns = h("ol", { class: "turns", id: "turns" }, record.turns.map((turn) => antifraud.turn(record, turn, seek)));
  const show = (index) => {
    const item = turns.querySelector(`[data-turn="${Number(index)}"]`);
    item.scrollIntoView({ block: "center" });
    item.setAttribute("tabindex", "-1");
    item.focus();
  };
  const labels = ["branch", "scene", "fraud_type", "official_category", "family", "scenario", "source", "split"];
  place.replaceChildren(
    h("h1", {}, record.id, " ", antifraud.chip(record.is_fraud ? "act fraud" : "act safe", record.is_fraud ? "fraud" : "not_fraud")),
    h("p", { class: "chips" }, labels.filter((label) => record[label]).map((label) =>
      h("span", { class: "chip" }, `${antifraud.word(label)}: ${antifraud.label(record[label])}`)),
      record.ending?.outcome ? h("span", { class: "chip" }, `${antifraud.word("outcome")}: ${antifraud.label(record.ending.outcome)}`) : null),
    h("div", { class: "player" }, wave?.picture ?? null, audio ?? h("p", {}, antifraud.word("silent"))),
    ...(antifraud.review ? [antifraud.review.form(entry)] : []),
    ...(other ? [antifraud.sideBySide(entry, other)] : []),
    h("h2", {}, antifraud.word("said")), turns,
    ...(record.rounds?.length ? [h("h2", {}, antifraud.word("reasoning")), ...record.rounds.map((round) => antifraud.round(round, show))] : []),
    ...(entry.models.length ? [h("h2", {}, antifraud.word("answers")), ...entry.models.map(antifraud.answers)] : []),
    ...(story && story.calls.length > 1 ? [antifraud.tree(entry, story, other?.key)] : []),
    h("h2", {}, antifraud.word("facts")), antifraud.allFacts(record),
    h("details", { id: "json" }, h("summary", {}, antifraud.word("record_json")), h("pre", { tabindex: 0 }, JSON.stringify(record, null, 2))),
  );
  if (audio) antifraud.follow(audio, record, turns, wave);
};

// While the call plays, what is being said is lit up and the needle moves.
antifraud.follow = (audio, record, turns, wave) => {
  const items = new Map([...turns.children].map((item) => [Number(item.dataset.turn), item]));
  const light = () => {
    const now = audio.currentTime + 0.01; // players round a time that was asked for down
    for (const segment of record.segments ?? []) {
      const item = items.get(segment.turn);
      const isNow = segment.start_seconds <= now && now < segment.end_seconds;
      if (isNow === item.classList.contains("now")) continue;
      item.classList.toggle("now", isNow);
      if (isNow) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    }
    wave?.show(now);
  };
  const frame = () => {
    light();
    if (!audio.paused && !audio.ended) requestAnimationFrame(frame);
  };
  audio.addEventListener("play", frame);
  audio.addEventListener("timeupdate", light);
};

document.addEventListener("DOMContentLoaded", () => {
  antifraud.redraws.push(antifraud.openCall);
  addEventListener("hashchange", antifraud.openCall);
  antifraud.openCall();
});
