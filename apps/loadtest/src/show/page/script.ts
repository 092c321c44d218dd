/**
 * The page's only script: a tooltip where the pointer is or the arrow keys went, and all figures as a table when it is
 * asked for. Without it everything else is there. It runs in a browser, so it is text here.
 */
export const SCRIPT = `
"use strict";
const { charts, times } = JSON.parse(document.getElementById("figures").textContent);
const byId = new Map(charts.map((chart) => [chart.id, chart]));
const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};
for (const frame of document.querySelectorAll("[data-chart]")) {
  const { names, at, series } = byId.get(frame.dataset.chart);
  const cursor = element("i", "cursor");
  const tip = element("div", "tip");
  tip.setAttribute("role", "status");
  let shown = -1;
  const hide = () => { shown = -1; cursor.remove(); tip.remove(); };
  const show = (index) => {
    if (index === shown) return;
    shown = index;
    tip.replaceChildren(element("b", "", names[index]), ...series.map(({ name, colour, values }) => {
      const line = element("span");
      line.append(element("i", "key " + colour), element("span", "", name), element("em", "", values[index]));
      return line;
    }));
    cursor.style.left = at[index] * 100 + "%";
    frame.append(cursor, tip);
    const room = frame.clientWidth - tip.offsetWidth;
    const x = at[index] * frame.clientWidth;
    const beside = x + 12 + tip.offsetWidth <= frame.clientWidth ? x + 12 : x - 12 - tip.offsetWidth;
    tip.style.left = Math.max(Math.min(0, room), Math.min(Math.max(0, room), beside)) + "px";
  };
  const nearest = (share) => {
    let best = 0;
    for (let i = 1; i < at.length; i++) if (Math.abs(at[i] - share) < Math.abs(at[best] - share)) best = i;
    return best;
  };
  const follow = (event) => {
    const box = frame.getBoundingClientRect();
    show(nearest((event.clientX - box.left) / box.width));
  };
  frame.addEventListener("pointermove", follow);
  frame.addEventListener("pointerdown", follow);
  frame.addEventListener("pointerleave", hide);
  frame.addEventListener("blur", hide);
  frame.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") hide();
    if (!step) return;
    event.preventDefault();
    show(shown < 0 ? (step > 0 ? 0 : at.length - 1) : Math.min(at.length - 1, Math.max(0, shown + step)));
  });
}
const every = document.getElementById("every-second");
if (every) every.addEventListener("toggle", () => {
  const place = every.querySelector("div");
  if (place.firstChild) return;
  const columns = charts.filter((chart) => times.includes(chart.id)).flatMap((chart) =>
    chart.series.map(({ name, values }) => [chart.title + ": " + name, values]));
  const names = byId.get(times[0]).names;
  const table = element("table");
  const head = element("tr");
  head.append(element("th", "", "time"), ...columns.map(([title]) => element("th", "", title)));
  table.append(head, ...names.map((name, i) => {
    const row = element("tr");
    row.append(element("td", "", name), ...columns.map(([, values]) => element("td", "", values[i])));
    return row;
  }));
  place.append(table);
});
`;
