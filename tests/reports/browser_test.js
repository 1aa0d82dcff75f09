// What a reader does with the page, step by step; the log goes into the page, where browser_test.cpp reads it.
(async () => {
"use strict";
const log = [];
const say = (text) => log.push(text);
const one = (selector) => {
  const element = document.querySelector(selector);
  if (!element) throw new Error("the page has no " + selector);
  return element;
};
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const problems = [];
window.addEventListener("error", (event) => problems.push(event.message));
window.addEventListener("unhandledrejection", (event) => problems.push(String(event.reason)));
document.addEventListener("securitypolicyviolation", (event) => problems.push("policy: " + event.violatedDirective));
const models = () => all("#explorer-table tbody th").map((cell) => cell.textContent).join(" | ");
const choose = (selector, value) => {
  one(selector).value = value;
  one(selector).dispatchEvent(new Event("change"));
};
const key = (name) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: name, bubbles: true}));
const until = async (test, what) => {
  for (let i = 0; i < 400; ++i) {
    if (test()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("never: " + what);
};
/** Sum of the gray levels of a canvas. */
const light = (selector) => {
  const canvas = one(selector), copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const context = copy.getContext("2d", {willReadFrequently: true});
  context.drawImage(canvas, 0, 0);
  const pixels = context.getImageData(0, 0, copy.width, copy.height).data;
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 4) sum += pixels[i];
  return sum;
};

// WCAG 2.2, 1.4.3: 4.5 to 1, and 3 to 1 for large text.
const rgba = (text) => {
  const numbers = (text.match(/[\d.e-]+/g) || []).map(Number);
  if (text.startsWith("color(")) return [numbers[0] * 255, numbers[1] * 255, numbers[2] * 255, numbers[3] ?? 1];
  return [numbers[0], numbers[1], numbers[2], numbers[3] ?? 1];
};
const luminance = (color) => {
  const [r, g, b] = color.slice(0, 3).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const over = (top, below) => [0, 1, 2].map((c) => top[c] * top[3] + below[c] * (1 - top[3])).concat(1);
const background = (element) => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) {
    const color = rgba(getComputedStyle(at).backgroundColor);
    if (color[3] > 0) layers.push(color);
    if (color[3] === 1) break;
  }
  return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
};
const contrast = () => {
  let least = 99, worst = "", seen = 0;
  for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    if (element.closest("script, style, .live, [hidden], svg") || element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element), behind = background(element), front = over(rgba(style.color), behind);
    const [a, b] = [luminance(front), luminance(behind)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const wanted = ratio * (large ? 4.5 / 3 : 1);
    ++seen;
    if (wanted < least) [least, worst] = [wanted, `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent.slice(0, 30)}`];
  }
  return {least, worst, seen};
};
const say_contrast = (what) => {
  const {least, worst, seen} = contrast();
  say(`contrast ${what}: ${least >= 4.5 ? "enough" : `${least.toFixed(2)} at ${worst}`} (${seen > 50 ? "many" : seen} texts)`);
};

try {
  say("scheme " + (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  say("explorer " + (one("#explorer").hidden ? "hidden" : "shown"));
  say("by average: " + models());
  one('#explorer th[data-column=model] button').click();
  say("by name: " + models() + ", " + one('#explorer th[data-column=model]').getAttribute("aria-sort"));
  one('#explorer th[data-column=model] button').click();
  say("by name again: " + models() + ", " + one('#explorer th[data-column=model]').getAttribute("aria-sort"));
  say("focus stays on " + document.activeElement.parentElement.dataset.column);
  one('#explorer th[data-column=average] button').click();

  all("#pick-tasks .boxes input")[0].click();
  say("without the first task: " + all("#explorer thead th").length + " columns, " + one("#pick-tasks summary").textContent);
  all("#pick-tasks .picks button").find((button) => button.textContent === "brats").click();
  say("one group: " + one("#pick-tasks summary").textContent);
  all("#pick-tasks .picks button")[0].click();
  all("#pick-models .picks button").find((button) => button.textContent === "Learned").click();
  say("learned: " + all("#explorer-table tbody tr").length + " rows, " + one("#pick-models summary").textContent);
  all("#pick-models .picks button")[0].click();

  choose("#protocol", "synthrad2023@1");
  say("protocol: " + one("#explorer caption").textContent);
  choose("#protocol", "synermed-2d@1");
  choose("#metric", all("#metric option").find((option) => option.textContent.startsWith("PSNR")).value);
  say("metric: " + one("#explorer caption").textContent);
  choose("#metric", "0");

  const first = one("#explorer-table button.value");
  first.focus();
  say("focus: " + all("#tip div").map((line) => line.textContent).join("; "));
  say("described by " + document.activeElement.getAttribute("aria-describedby"));
  key("ArrowRight");
  say("right: " + one("#tip div").textContent);
  key("ArrowDown");
  say("down: " + one("#tip div").textContent);
  key("Escape");
  say("escape: tip " + (one("#tip").hidden ? "hidden" : "shown"));

  all("#explorer-table button.value")[0].click();
  await until(() => one(".case").dataset.ready || document.querySelector(".none"), "the images of a case");
  say("opened: " + one("#viewer-title").textContent + (one("#viewer").open ? "" : ", closed"));
  say("cases: " + all("#viewer .cases button b").map((name) => name.textContent).join(", "));
  say("words: " + one("#viewer .words").textContent);
  say("labels: " + all("#viewer canvas").map((canvas) => canvas.getAttribute("aria-label")).join("; "));
  const before = light("#view-slide"), settle = () => new Promise((resolve) => setTimeout(resolve, 50));
  one("#split").value = "0";
  one("#split").dispatchEvent(new Event("input"));
  await settle();
  const target = light("#view-slide");
  one("#split").value = "100";
  one("#split").dispatchEvent(new Event("input"));
  await settle();
  const prediction = light("#view-slide");
  say("slide: " + (target !== prediction && before !== target && before !== prediction ? "target, half and prediction differ" : "no change"));
  const caption = one("#viewer .images figcaption:last-child") && all("#viewer figcaption")[1].textContent;
  choose("#window", "bone");
  await settle();
  say("window: " + (light("#view-slide") !== prediction ? "another picture, " : "the same picture, ") +
      (all("#viewer figcaption")[1].textContent !== caption ? all("#viewer figcaption")[1].textContent : "the same caption"));
  if (document.querySelector("#slice")) {
    one("#slice").value = "1";
    one("#slice").dispatchEvent(new Event("input"));
    await settle();
    say("slices: " + one("#viewer .words").textContent.split(":")[0]);
  }
  say_contrast("of the viewer");
  one("#viewer .close").click();
  say("closed: " + !one("#viewer").open);

  const table = one("#task-brain-mr-to-ct table"), column = all("thead th", table).findIndex((cell) => cell.textContent === "Mean");
  const means = () => all("tbody tr", table).map((row) => row.cells[column].textContent).join(" ");
  const as_written = means();
  all("thead th", table)[column].querySelector("button").click();
  say("a table, ascending: " + means());
  all("thead th", table)[column].querySelector("button").click();
  say("descending: " + means());
  all("thead th", table)[column].querySelector("button").click();
  say("third click: " + (means() === as_written ? "as written" : means()));
  all("tbody .open", table)[0].click();
  say("a row opens: " + one("#viewer-title").textContent);
  one("#viewer .close").click();

  for (const format of ["LaTeX", "Markdown", "CSV"]) {
    const button = one(`#worst-cases .tools button[data-format=${format}]`);
    button.click();
    await until(() => button.copied, "a copy");
    say(format + ": " + button.copied.split(/\r?\n/).slice(0, 5).join(" / "));
  }
  say("gallery: " + (all(".gallery button").length > 0 ? "pictures" : "empty"));
  say("markup from names: " + all("main i, main b").length);
  say("unlabeled: " + all("button, input, select, canvas").filter((element) => !element.closest("[aria-hidden=true]") &&
      element.getAttribute("aria-hidden") !== "true" && !element.textContent.trim() && !element.getAttribute("aria-label") &&
      !(element.labels && element.labels.length)).length);
  say_contrast("of the page");
} catch (problem) {
  problems.push(String(problem && problem.stack || problem));
}
say("problems: " + (problems.join(" // ") || "none"));
const pre = document.createElement("pre");
pre.id = "log";
pre.textContent = log.join("\n");
document.body.append(pre);
})();
