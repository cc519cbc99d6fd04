// The time line: caller above, callee below, where the decisive words fall, and a needle that can be moved.
"use strict";

antifraud.wave = (entry, seek) => {
  const { svg } = antifraud;
  const record = entry.record;
  const width = 600, half = 40, mark = 12;
  const channels = entry.peaks.map((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  const duration = record.duration_seconds || 1;
  const at = (seconds) => (width * seconds) / duration;
  const picture = antifraud.fill(svg("svg"), {
    viewBox: `0 0 ${width} ${2 * half + mark}`, preserveAspectRatio: "none", class: "wave", role: "slider", tabindex: 0,
    "aria-label": antifraud.word("position"), "aria-valuemin": 0, "aria-valuemax": Math.round(duration),
  }, []);
  for (const segment of record.segments ?? []) {
    picture.append(svg("rect", {
      class: `span ${segment.speaker === "caller" ? "caller" : "callee"}`, "data-turn": segment.turn,
      x: at(segment.start_seconds), y: mark + (segment.speaker === "caller" ? 0 : half),
      width: Math.max(1, at(segment.end_seconds - segment.start_seconds)), height: half,
    }));
  }
  channels.forEach((levels, channel) => {
    const middle = mark + half / 2 + (channel ? half : 0);
    const step = width / levels.length;
    const heights = Array.from(levels, (level) => Math.max(0.4, (Math.sqrt(level / 255) * half) / 2));
    const above = heights.map((height, x) => `${(x * step).toFixed(1)},${(middle - height).toFixed(1)}`);
    const below = heights.map((height, x) => `${(x * step).toFixed(1)},${(middle + height).toFixed(1)}`).reverse();
    picture.append(svg("polygon", { class: channel ? "callee" : "caller", points: above.concat(below).join(" ") }));
  });
  picture.append(svg("line", { class: "between", x1: 0, x2: width, y1: mark + half, y2: mark + half }));
  const decisive = (record.segments ?? []).find((segment) => segment.turn === record.decisive?.turn);
  if (decisive) {
    const x = at(decisive.start_seconds);
    picture.append(
      svg("line", { class: "decisive", x1: x, x2: x, y1: 0, y2: 2 * half + mark }),
      svg("polygon", { class: "decisive", points: `${x - 6},0 ${x + 6},0 ${x},${mark}` },
        svg("title", {}, `${antifraud.word("decisive")}: ${antifraud.label(record.decisive.act ?? "")}`)),
    );
  }
  const needle = svg("line", { class: "needle", x1: 0, x2: 0, y1: mark, y2: 2 * half + mark });
  picture.append(needle);
  let now = 0;
  picture.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect();
    seek((duration * (event.clientX - box.left)) / box.width);
  });
  picture.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: now - 5, ArrowRight: now + 5, Home: 0, End: duration };
    if (!(event.key in steps)) return;
    event.preventDefault();
    seek(Math.min(duration, Math.max(0, steps[event.key])));
  });
  const show = (seconds) => {
    now = seconds;
    needle.setAttribute("x1", at(seconds));
    needle.setAttribute("x2", at(seconds));
    picture.setAttribute("aria-valuenow", Math.round(seconds));
    picture.setAttribute("aria-valuetext", antifraud.clock(seconds));
  };
  show(0);
  return { picture, show };
};
