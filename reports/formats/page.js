// The page's own script. The page is complete without it: it adds a table of all tasks, metrics and models, sorting,
// copying, and the images of cases. It reads the numbers that the page carries, and loads nothing.
(() => {
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const MEAN = 0, LOW = 1, HIGH = 2, COUNT = 3, SCORED = 4, PLANNED = 5, RANK = 6, SD = 7, MEDIAN = 8, CASES = 9, WHY = 10;

// ---------------------------------------------------------------------------------------------- small helpers

/** An element with properties and children; texts are texts, never markup. */
function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list" && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const fixed = (value, digits) => {
  const text = value.toFixed(digits);
  return /^-0\.?0*$/.test(text) ? text.slice(1) : text;
};
const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
const collator = new Intl.Collator("en", {numeric: true});

const live = make("div", {class: "live", "aria-live": "polite", id: "live"});
const announce = (text) => { live.textContent = text; };

// ------------------------------------------------------------------------------------------------ the numbers

const state = {
  metric: 0,
  tasks: new Set(data.tasks.map((_, index) => index)),
  methods: new Set(data.methods.map((_, index) => index)),
  together: true,       // seeds of a method as one row
  intervals: false,
  sort: {column: "average", descending: null},
};
const has_seeds = data.methods.some((method) => method.models.length > 1);
const metric = () => data.metrics[state.metric];
const better = (a, b) => metric().higher ? b - a : a - b;   // negative: a is better
const digits = () => metric().decimals;
const row_of = (task, model) => {
  const board = metric().tasks.find((entry) => entry.task === task);
  return board ? board.rows[model] : null;
};

/** What one row of the table stands for: a method with its seeds, or a single model. */
function entries() {
  const list = [];
  data.methods.forEach((method, index) => {
    if (!state.methods.has(index)) return;
    if (state.together) list.push({label: method.label, models: method.models, trivial: method.trivial});
    else for (const model of method.models)
      list.push({label: data.models[model].label, models: [model], trivial: method.trivial});
  });
  return list;
}

/** An entry in a task: the mean over its seeds; null where one of them has no value. */
function value_in(entry, task) {
  const rows = entry.models.map((model) => row_of(task, model));
  if (rows.some((row) => !row || row[MEAN] === null)) return null;
  const means = rows.map((row) => row[MEAN]);
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  const complete = rows.every((row) => row[RANK] !== null);
  const spread = means.length > 1
      ? Math.sqrt(means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (means.length - 1)) : null;
  return {mean, complete, spread, rows, least: Math.min(...means), most: Math.max(...means)};
}

const shown_tasks = () => metric().tasks.map((entry) => entry.task).filter((task) => state.tasks.has(task));

/** The average over the tasks that are shown: the report's own, with its interval, when all are. */
function average_of(entry, tasks) {
  const values = tasks.map((task) => value_in(entry, task)).filter((value) => value);
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value.mean, 0) / values.length;
  const complete = values.length === tasks.length && values.every((value) => value.complete);
  const average = {mean, complete, tasks: values.length, interval: null};
  if (entry.models.length === 1) {
    const group = metric().groups.find((candidate) =>
        candidate.tasks.length === tasks.length && candidate.tasks.every((task) => tasks.includes(task)));
    const row = group && group.rows[entry.models[0]];
    if (row && row[MEAN] !== null) {
      average.mean = row[MEAN];
      if (row[LOW] !== null) average.interval = [row[LOW], row[HIGH]];
    }
  }
  return average;
}

// ------------------------------------------------------------------------------------------------ the explorer

const explorer = document.getElementById("explorer");
const host = make("div", {id: "explorer-table"});

function controls() {
  const protocols = [...new Set(data.metrics.map((entry) => entry.protocol))];
  const protocol = make("select", {id: "protocol"}, ...protocols.map((id) => make("option", {value: id}, id)));
  const choice = make("select", {id: "metric"});
  const fill = () => {
    choice.replaceChildren(...data.metrics.map((entry, index) => [entry, index])
        .filter(([entry]) => entry.protocol === protocol.value)
        .map(([entry, index]) => make("option", {value: String(index)}, entry.title)));
    state.metric = Number(choice.value);
  };
  protocol.addEventListener("change", () => { fill(); draw(); });
  choice.addEventListener("change", () => { state.metric = Number(choice.value); draw(); });
  fill();

  const toggle = (id, text, name) => make("label", {class: "toggle"},
      make("input", {type: "checkbox", id, checked: state[name],
                     onchange: (event) => { state[name] = event.target.checked; draw(); }}), " " + text);

  /** A list of boxes that can be checked, with all, none and the groups as one step. */
  const picker = (id, title, items, chosen, groups) => {
    const summary = make("summary");
    const boxes = items.map((item, index) => make("input", {type: "checkbox", checked: true, onchange: (event) => {
      if (event.target.checked) chosen.add(index); else chosen.delete(index);
      count(); draw();
    }}));
    const count = () => { summary.textContent = `${title}: ${chosen.size} of ${items.length}`; };
    const set = (test) => {
      items.forEach((item, index) => {
        boxes[index].checked = test(item, index);
        if (boxes[index].checked) chosen.add(index); else chosen.delete(index);
      });
      count(); draw();
    };
    const filter = make("input", {type: "search", "aria-label": `${title} whose name has`, placeholder: "name has …",
      oninput: (event) => {
        const wanted = event.target.value.toLowerCase();
        set((item) => item.name.toLowerCase().includes(wanted));
      }});
    const buttons = [["All", () => true], ["None", () => false], ...groups].map(([text, test]) =>
        make("button", {type: "button", onclick: () => { filter.value = ""; set(test); }}, text));
    count();
    return make("details", {class: "pick", id}, summary,
        make("fieldset", {}, make("legend", {class: "hidden"}, title), make("div", {class: "picks"}, filter, ...buttons),
             make("div", {class: "boxes"}, ...items.map((item, index) => make("label", {}, boxes[index], " " + item.name)))));
  };
  const groups = [...new Set(data.tasks.map((task) => task.group))];
  return make("div", {class: "controls", role: "group", "aria-label": "What the table shows"},
      make("label", {}, "Protocol ", protocol), make("label", {}, "Metric ", choice),
      has_seeds ? toggle("together", "seeds as one row", "together") : null,
      toggle("intervals", "intervals", "intervals"),
      picker("pick-tasks", "Tasks", data.tasks.map((task) => ({name: task.id, group: task.group})), state.tasks,
             groups.length > 1 ? groups.map((group) => [group, (item) => item.group === group]) : []),
      picker("pick-models", "Models", data.methods.map((method) => ({name: method.label, trivial: method.trivial})),
             state.methods, [["Learned", (item) => !item.trivial]]));
}

function sort_header(column, title, hint) {
  const sorted = state.sort.column === column;
  const direction = !sorted ? "none" : state.sort.descending ?? metric().higher ? "descending" : "ascending";
  return make("th", {scope: "col", class: column === "model" ? null : "num", "aria-sort": direction, "data-column": column},
      make("button", {type: "button", class: "sort", title: hint, onclick: () => {
        const first = column === "model" || column === "rank" ? false : metric().higher;
        state.sort = {column, descending: sorted ? !(state.sort.descending ?? metric().higher) : first};
        draw();
        const again = host.querySelector(`th[data-column="${column}"] button`);
        if (again) again.focus();
      }}, ...title));
}

function draw() {
  hide_tip();
  const tasks = shown_tasks();
  if (/^\d+$/.test(state.sort.column) && !tasks.includes(Number(state.sort.column)))
    state.sort = {column: "average", descending: null};
  const lines = entries().map((entry) => ({
    entry,
    values: new Map(tasks.map((task) => [task, value_in(entry, task)])),
    average: average_of(entry, tasks),
  }));
  // Note [Ranking] of the report: complete ones first, equal means share a rank.
  const ranked = lines.filter((line) => line.average && line.average.complete)
      .sort((a, b) => better(a.average.mean, b.average.mean));
  ranked.forEach((line, index) => {
    const tied = index > 0 && ranked[index - 1].average.mean === line.average.mean;
    line.rank = tied ? ranked[index - 1].rank : index + 1;
  });
  const column = state.sort.column, descending = state.sort.descending ?? metric().higher;
  const key = (line) => column === "model" ? line.entry.label : column === "rank" ? line.rank
      : column === "average" ? line.average && line.average.mean
      : (line.values.get(Number(column)) || {mean: null}).mean;
  lines.sort((a, b) => {
    const x = key(a), y = key(b);
    if (x === null || x === undefined || y === null || y === undefined)
      return (x === null || x === undefined ? 1 : 0) - (y === null || y === undefined ? 1 : 0);
    if (column === "average") {   // whatever their mean, incomplete ones stand below
      const tier = (line) => line.rank === undefined ? 1 : 0;
      if (tier(a) !== tier(b)) return tier(a) - tier(b);
    }
    const order = typeof x === "string" ? collator.compare(x, y) : x - y;
    return descending ? -order : order;
  });
  const order_in_task = new Map(tasks.map((task) => [task, lines.filter((line) => line.values.get(task))
      .sort((a, b) => better(a.values.get(task).mean, b.values.get(task).mean))]));

  const head = make("tr", {}, sort_header("model", ["Model"]), sort_header("rank", ["Rank"]),
      sort_header("average", ["Average"], `over the ${plural(tasks.length, "task")} shown`),
      ...tasks.map((task) => {
        const about = data.tasks[task];
        return sort_header(String(task), [make("span", {class: "region"}, about.region), " ",
                                          make("span", {}, `${about.source}\u2009→\u2009${about.target}`)], about.id);
      }));
  const body = lines.map((line) => {
    const average = line.average;
    const cells = tasks.map((task) => {
      const value = line.values.get(task);
      const order = order_in_task.get(task), place = order.indexOf(line);
      const heat = value && order.length > 1 ? Math.round(22 * (1 - place / (order.length - 1))) : 0;
      const best = value && value.complete && place === 0;
      const button = make("button", {type: "button", class: "value", tabindex: "-1", "aria-haspopup": "dialog",
          "data-task": String(task), onclick: () => open_viewer(task, line.entry, 0)},
          value ? fixed(value.mean, digits()) : "–",
          value && value.spread !== null ? make("span", {class: "detail"}, "± " + fixed(value.spread, digits())) : null,
          state.intervals && value && value.rows.length === 1 && value.rows[0][LOW] !== null
              ? make("span", {class: "detail"}, `[${fixed(value.rows[0][LOW], digits())}, ${fixed(value.rows[0][HIGH], digits())}]`) : null);
      button.entry = line.entry;
      const cell = make("td", {class: "num" + (best ? " best" : value && !value.complete ? " warning" : "")}, button);
      cell.style.setProperty("--heat", heat + "%");
      return cell;
    });
    return make("tr", {}, make("th", {scope: "row", class: line.entry.trivial ? "muted" : null}, line.entry.label),
        make("td", {class: "num"}, line.rank === undefined ? "–" : String(line.rank)),
        make("td", {class: "num average" + (line.rank === 1 ? " best" : average && !average.complete ? " warning" : "")},
             average ? fixed(average.mean, digits()) : "–",
             average && average.tasks < tasks.length ? make("span", {class: "detail"}, `${average.tasks} of ${tasks.length} tasks`) : null,
             state.intervals && average && average.interval
                 ? make("span", {class: "detail"}, `[${fixed(average.interval[0], digits())}, ${fixed(average.interval[1], digits())}]`) : null),
        ...cells);
  });
  const title = `${metric().title} under ${metric().protocol}: ${plural(tasks.length, "task")}, ${plural(lines.length, "model")}`;
  const table = make("table", {role: "grid"}, make("caption", {}, title), make("thead", {}, head), make("tbody", {}, ...body));
  const scroll = make("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": title}, table);
  const kept = host.querySelector(".scroll");
  const left = kept ? kept.scrollLeft : 0;
  host.replaceChildren(scroll, copy_tools(table));
  scroll.scrollLeft = left;
  const first = table.querySelector("button.value");
  if (first) first.tabIndex = 0;
  announce(title);
}

/** Arrows, Home and End go through the values; Tab leaves them. */
function walk(event) {
  const button = event.target.closest && event.target.closest("button.value");
  if (!button) return;
  const cell = button.parentElement, row = cell.parentElement, rows = [...row.parentElement.children];
  const buttons = [...row.querySelectorAll("button.value")], at = buttons.indexOf(button), line = rows.indexOf(row);
  let next = null;
  if (event.key === "ArrowRight") next = buttons[at + 1];
  else if (event.key === "ArrowLeft") next = buttons[at - 1];
  else if (event.key === "Home") next = buttons[0];
  else if (event.key === "End") next = buttons[buttons.length - 1];
  else if (event.key === "ArrowDown" && rows[line + 1]) next = rows[line + 1].querySelectorAll("button.value")[at];
  else if (event.key === "ArrowUp" && rows[line - 1]) next = rows[line - 1].querySelectorAll("button.value")[at];
  else return;
  event.preventDefault();
  if (!next) return;
  button.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

// --------------------------------------------------------------------------------------- value, interval and n

const tip = make("div", {id: "tip", role: "tooltip", hidden: true});
let tipped = null;

function hide_tip() {
  tip.hidden = true;
  if (tipped) tipped.removeAttribute("aria-describedby");
  tipped = null;
}

function lines_about(task, entry) {
  const lines = [`${entry.label}, ${data.tasks[task].id}`];
  const value = value_in(entry, task);
  if (!value) {
    const row = row_of(task, entry.models[0]);
    lines.push("no value" + (row && row[WHY] ? ": " + row[WHY] : ""));
    if (row) lines.push(`${row[SCORED]} of ${plural(row[PLANNED], "case")} scored`);
    return lines;
  }
  const unit = metric().unit ? " " + metric().unit : "";
  const row = value.rows[0], d = digits();
  if (value.rows.length > 1) {
    lines.push(`${metric().label} ${fixed(value.mean, d)}${unit} ± ${fixed(value.spread, d)} (SD over ${value.rows.length} seeds)`);
    lines.push(`least ${fixed(value.least, d)}, most ${fixed(value.most, d)}`);
  } else {
    lines.push(`${metric().label} ${fixed(value.mean, d)}${unit}`);
    lines.push(row[LOW] === null ? "no interval: one patient"
        : `${data.confidence} % interval [${fixed(row[LOW], d)}, ${fixed(row[HIGH], d)}]`);
    if (row[SD] !== null) lines.push(`SD ${fixed(row[SD], d)}, median ${fixed(row[MEDIAN], d)}`);
  }
  lines.push(`n = ${plural(row[COUNT], "patient")}, ${row[SCORED]} of ${plural(row[PLANNED], "case")}`);
  if (value.rows.length === 1) lines.push(row[RANK] === null ? "not ranked: cases are missing" : `rank ${row[RANK]} of its task`);
  return lines;
}

function show_tip(button) {
  if (!button.entry) return;
  hide_tip();
  tip.replaceChildren(...lines_about(Number(button.dataset.task), button.entry).map((line) => make("div", {}, line)));
  tip.hidden = false;
  tipped = button;
  button.setAttribute("aria-describedby", "tip");
  const box = button.getBoundingClientRect(), mine = tip.getBoundingClientRect();
  const width = document.documentElement.clientWidth, height = document.documentElement.clientHeight;
  tip.style.left = Math.max(4, Math.min(box.left, width - mine.width - 4)) + "px";
  tip.style.top = (box.bottom + mine.height + 6 > height ? Math.max(4, box.top - mine.height - 4) : box.bottom + 4) + "px";
}

// -------------------------------------------------------------------------------------------- tables as they are

/** The text of a cell without drawings and buttons' decoration: [main text, details]. */
function texts_of(cell) {
  const detail = [...cell.querySelectorAll(".detail")].map((part) => part.textContent.trim());
  const copy = cell.cloneNode(true);
  copy.querySelectorAll(".detail, svg").forEach((part) => part.remove());
  return [copy.textContent.replace(/\s+/g, " ").trim(), detail.join(" ")];
}

function cells_of(table) {
  const drawn = [...table.tHead.rows[0].cells].map((_, column) =>
      [...table.tBodies[0].rows].some((row) => row.cells[column] && row.cells[column].querySelector("svg")));
  return [...table.rows].filter((row) => !row.hidden).map((row) =>
      [...row.cells].filter((_, column) => !drawn[column]).map((cell) => texts_of(cell).filter((text) => text).join(" ")));
}

const latex_text = (text) => text.replace(/[\\{}&%$#_^~↑↓±–→×≥∞]/g, (sign) => ({
  "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "&": "\\&", "%": "\\%", "$": "\\$", "#": "\\#", "_": "\\_",
  "^": "\\textasciicircum{}", "~": "\\textasciitilde{}", "↑": "$\\uparrow$", "↓": "$\\downarrow$", "±": "$\\pm$", "–": "--",
  "→": "$\\rightarrow$", "×": "$\\times$", "≥": "$\\geq$", "∞": "$\\infty$"})[sign]).replace(/^([[*])/, "{$1}");
const markdown_text = (text) => text.replace(/[\\`*_{}[\]<>|#]/g, (sign) => "\\" + sign);
/** As the report's CSV files: what a spreadsheet would run as a formula has an apostrophe in front. */
const csv_text = (text) => {
  const number = /^[+-]?[\d.]+(e[+-]?\d+)?$/i.test(text);
  const plain = !number && /^[=+\-@]/.test(text) ? "'" + text : text;
  return /[",\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
};
const formats = {
  LaTeX: (rows, numeric) => [`\\begin{tabular}{${numeric.map((right) => right ? "r" : "l").join("")}}`, "\\toprule",
      rows[0].map(latex_text).join(" & ") + " \\\\", "\\midrule",
      ...rows.slice(1).map((row) => row.map(latex_text).join(" & ") + " \\\\"), "\\bottomrule", "\\end{tabular}"].join("\n") + "\n",
  Markdown: (rows, numeric) => [rows[0], numeric.map((right) => right ? "---:" : "---"), ...rows.slice(1)]
      .map((row, index) => "| " + row.map((text) => index === 1 ? text : markdown_text(text)).join(" | ") + " |").join("\n") + "\n",
  CSV: (rows) => rows.map((row) => row.map(csv_text).join(",")).join("\r\n") + "\r\n",
};

function text_of_table(table, format) {
  const drawn = [...table.tHead.rows[0].cells].map((_, column) =>
      [...table.tBodies[0].rows].some((row) => row.cells[column] && row.cells[column].querySelector("svg")));
  const numeric = [...table.tHead.rows[0].cells].filter((_, column) => !drawn[column])
      .map((cell) => cell.classList.contains("num"));
  return formats[format](cells_of(table), numeric);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (problem) {   // no permission, or no clipboard for pages of this kind
    const area = make("textarea", {class: "live", "aria-hidden": "true"});
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function copy_tools(table) {
  return make("div", {class: "tools"}, make("span", {}, "Copy as "), ...Object.keys(formats).map((format) =>
      make("button", {type: "button", "data-format": format, onclick: async (event) => {
        const text = text_of_table(table, format);
        event.target.copied = text;
        announce(await copy(text) ? `The table is copied as ${format}.` : "The browser does not let this page copy.");
      }}, format)));
}

const kUnits = {k: 1e3, M: 1e6, G: 1e9, B: 1e9, "ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600};
/** The number that a cell begins with, in one unit for the whole column; null where there is none. */
function number_in(text) {
  const found = /^(?:[<>] )?([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?:\s(ns|µs|ms|s|min|h|k|M|G|B)(?=\s|$))?/.exec(text);
  return found ? Number(found[1]) * (found[2] ? kUnits[found[2]] : 1) : null;
}

function make_sortable(table) {
  const body = table.tBodies[0], original = [...body.rows];
  const ruled = original.map((row) => row.classList.contains("rule"));
  [...table.tHead.rows[0].cells].forEach((header, column) => {
    if (original.some((row) => row.cells[column] && row.cells[column].querySelector("svg"))) return;
    const keys = new Map(original.map((row) => [row, texts_of(row.cells[column])[0]]));
    const numbers = new Map([...keys].map(([row, text]) => [row, number_in(text)]));
    const numeric = header.classList.contains("num") && [...numbers.values()].some((value) => value !== null);
    header.setAttribute("aria-sort", "none");
    const button = make("button", {type: "button", class: "sort"}, ...header.childNodes);
    header.replaceChildren(button);
    button.addEventListener("click", () => {
      const now = header.getAttribute("aria-sort");
      const next = now === "none" ? "ascending" : now === "ascending" ? "descending" : "none";
      for (const other of table.tHead.rows[0].cells) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
      header.setAttribute("aria-sort", next);
      const sign = next === "descending" ? -1 : 1;
      const rows = next === "none" ? original : [...original].sort((a, b) => {
        if (!numeric) return sign * collator.compare(keys.get(a), keys.get(b));
        const x = numbers.get(a), y = numbers.get(b);
        if (x === null || y === null) return (x === null) - (y === null);
        return sign * (x - y);
      });
      original.forEach((row, index) => row.classList.toggle("rule", next === "none" && ruled[index]));
      body.append(...rows);
    });
  });
}

// -------------------------------------------------------------------------------------------------- the images

const view_of = new Map(data.views.map((view) => [`${view.task} ${view.model} ${view.scan}`, view]));
const find_view = (task, model, scan) => view_of.get(`${task} ${model} ${scan}`) || null;
const unpacked = new Map();

/** Note [Images in the page]: high bytes, low bytes, differences along a row. */
async function unpack(index) {
  if (unpacked.has(index)) return unpacked.get(index);
  const image = data.images[index];
  const packed = Uint8Array.from(atob(image.bytes), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const n = image.height * image.width, values = new Float32Array(n);
  let number = 0;
  for (let i = 0; i < n; ++i) {
    if (i % image.width === 0) number = 0;
    number = (number + (planes[i] << 8) + planes[n + i]) & 0xFFFF;
    values[i] = image.offset + image.step * number;
  }
  const result = {height: image.height, width: image.width, values};
  unpacked.set(index, result);
  return result;
}

const gray = (range) => (value) => {
  const share = Math.max(0, Math.min(1, (value - range.low) / (range.high - range.low || 1)));
  const level = Math.round(255 * (range.inverted ? 1 - share : share));
  return [level, level, level];
};
// Blue below, white at zero, red above: readable with any color vision.
const kDiverging = [[-1, 5, 48, 97], [-0.6, 67, 147, 195], [-0.2, 209, 229, 240], [0, 255, 255, 255],
                    [0.2, 253, 219, 199], [0.6, 214, 96, 77], [1, 103, 0, 31]];
const diverging = (end) => (value) => {
  const x = Math.max(-1, Math.min(1, value / end));
  let i = 1;
  while (i + 1 < kDiverging.length && x > kDiverging[i][0]) ++i;
  const [a, b] = [kDiverging[i - 1], kDiverging[i]], t = (x - a[0]) / (b[0] - a[0]);
  return [1, 2, 3].map((c) => Math.round(a[c] + t * (b[c] - a[c])));
};

/** `split`: left of this share of the width `image` is drawn, right of it `other`. */
function paint(canvas, image, color, aspect, other, split) {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.style.aspectRatio = `1 / ${aspect}`;
  const context = canvas.getContext("2d"), pixels = context.createImageData(image.width, image.height);
  const border = other ? Math.round(split * image.width) : image.width;
  for (let i = 0; i < image.values.length; ++i) {
    const from = i % image.width < border ? image : other;
    const [red, green, blue] = color(from.values[i]);
    pixels.data.set([red, green, blue, 255], 4 * i);
  }
  context.putImageData(pixels, 0, 0);
  if (other && border > 0 && border < image.width) {
    context.fillStyle = "#ffb000";
    context.fillRect(border, 0, 1, image.height);
  }
}

const difference = (a, b) => ({height: a.height, width: a.width, values: a.values.map((value, i) => value - b.values[i])});

function range_of(range, modality, choice) {
  if (choice === "full") return {low: range.full[0], high: range.full[1], inverted: range.inverted};
  const window = data.windows.find((entry) => entry.name === choice);
  if (window && (modality === "CT" || modality === "CBCT")) return {low: window.low, high: window.high, inverted: false};
  return range;
}
const range_text = (range, unit) => `${+range.low.toPrecision(4)} to ${+range.high.toPrecision(4)} ${unit}` +
    (range.inverted ? ", dark where values are high" : "");

// -------------------------------------------------------------------------------------------------- the viewer

const viewer = make("dialog", {id: "viewer", "aria-labelledby": "viewer-title"});
let shown = null;   // {task, entry, seed, cases, at, window, split, slice}

function cases_of(task, model) {
  const row = row_of(task, model);
  if (!row || !row[CASES]) return [];
  const n = row[SCORED];
  return row[CASES].map(([place, scan, value]) => ({
    scan, value,
    name: n === 1 ? "only case" : place === 1 ? "best" : place === n ? "worst" : place === Math.floor((n + 1) / 2) ? "median"
        : `place ${place} of ${n}`,
  }));
}

function open_viewer(task, entry, seed, scan) {
  hide_tip();
  const model = entry.models[seed];
  const cases = cases_of(task, model);
  if (scan && !cases.some((item) => item.scan === scan)) cases.push({scan, value: null, name: "this case"});
  const wanted = scan ? cases.findIndex((item) => item.scan === scan) : cases.findIndex((item) => find_view(task, model, item.scan));
  shown = {task, entry, seed, cases, at: Math.max(0, wanted), window: shown ? shown.window : "auto", split: 0.5, slice: null};
  draw_viewer();
  if (!viewer.open) viewer.showModal();
}

function draw_viewer() {
  const {task, entry, seed, cases} = shown;
  const about = data.tasks[task], model = entry.models[seed];
  const close = make("button", {type: "button", class: "close", onclick: () => viewer.close()}, "Close");
  const seeds = entry.models.length < 2 ? null : make("label", {}, "Seed ", make("select", {id: "seed",
      onchange: (event) => open_viewer(task, entry, Number(event.target.value))},
      ...entry.models.map((index, i) => make("option", {value: String(i), selected: i === seed}, data.models[index].label))));
  const list = make("div", {class: "cases", role: "group", "aria-label": "Cases"}, ...cases.map((item, i) =>
      make("button", {type: "button", "aria-pressed": i === shown.at ? "true" : "false", onclick: (event) => {
        shown.at = i;
        shown.slice = null;
        for (const button of list.children) button.setAttribute("aria-pressed", button === event.currentTarget ? "true" : "false");
        draw_case(place);
      }}, make("b", {}, item.name), " ", item.scan, " ",
          make("span", {class: "detail"}, item.value === null ? "" : `${metric().label} ${fixed(item.value, digits())}`))));
  const place = make("div", {class: "case"});
  viewer.replaceChildren(
      make("div", {class: "title"}, make("h2", {id: "viewer-title"}, `${data.models[model].label}: ${about.id}`), close),
      make("p", {class: "about"}, lines_about(task, {label: entry.label, models: [model]}).slice(1).join("; ") + `. ${metric().title} under ${metric().protocol}.`),
      seeds, cases.length ? list : make("p", {}, "No case has a value."), place);
  draw_case(place);
}

async function draw_case(place) {
  const {task, entry, seed, cases, at} = shown;
  const item = cases[at];
  if (!item) return;
  const view = find_view(task, entry.models[seed], item.scan);
  if (!view) {
    place.replaceChildren(make("p", {class: "none"}, "The page has no images of this case. Where the run kept them, they are in panels/ beside the page."));
    return;
  }
  const about = data.tasks[task];
  const canvases = [["source", `Source, ${about.source}`], ["slide", "Prediction and target"], ["error", "Prediction minus target"]]
      .map(([name, label]) => make("canvas", {id: "view-" + name, role: "img", "aria-label": label}));
  const [source, slide, error] = canvases;
  const choices = [["auto", "as the report"], ...data.windows.map((window) => [window.name, `${window.name} (CT)`]), ["full", "full range"]];
  if (shown.slice === null) shown.slice = view.main;
  const window_choice = make("select", {id: "window", onchange: (event) => { shown.window = event.target.value; update(); }},
      ...choices.map(([value, text]) => make("option", {value, selected: value === shown.window}, text)));
  const split = make("input", {type: "range", id: "split", min: "0", max: "100", value: String(100 * shown.split),
      oninput: (event) => { shown.split = Number(event.target.value) / 100; update(); }});
  const slice = make("input", {type: "range", id: "slice", min: "0", max: String(view.slices.length - 1), value: String(shown.slice),
      oninput: (event) => { shown.slice = Number(event.target.value); update(); }});
  const captions = [0, 1, 2].map(() => make("figcaption"));
  const scale = make("div", {class: "scale", "aria-hidden": "true"}, make("span", {}, "−" + view.error_end), make("i"), make("span", {}, "+" + view.error_end));
  const words = make("p", {class: "words", "aria-live": "polite"});
  place.replaceChildren(
      make("div", {class: "controls"}, make("label", {}, "Window ", window_choice),
           make("label", {class: "wide"}, "target ", split, " prediction"),
           view.slices.length > 1 ? make("label", {class: "wide"}, "Slice ", slice) : null),
      make("div", {class: "images"}, make("figure", {}, source, captions[0]), make("figure", {}, slide, captions[1]),
           make("figure", {}, error, scale, captions[2])), words);
  const drag = (event) => {
    if (event.buttons === 0) return;
    const box = slide.getBoundingClientRect();
    shown.split = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    split.value = String(Math.round(100 * shown.split));
    update();
  };
  slide.addEventListener("pointerdown", drag);
  slide.addEventListener("pointermove", drag);
  slide.addEventListener("wheel", (event) => {
    if (view.slices.length < 2) return;
    event.preventDefault();
    shown.slice = Math.max(0, Math.min(view.slices.length - 1, shown.slice + Math.sign(event.deltaY)));
    slice.value = String(shown.slice);
    update();
  }, {passive: false});

  async function update() {
    const images = view.slices[Math.min(shown.slice, view.slices.length - 1)];
    const [s, p, t] = await Promise.all([images.source, images.prediction, images.target].map(unpack));
    if (!place.isConnected) return;
    const of_source = range_of(view.source, about.source, shown.window), of_target = range_of(view.target, about.target, shown.window);
    paint(source, s, gray(of_source), view.aspect);
    paint(slide, p, gray(of_target), view.aspect, t, shown.split);
    paint(error, difference(p, t), diverging(view.error_end), view.aspect);
    slide.setAttribute("aria-label", `Prediction on the left ${Math.round(100 * shown.split)} %, target on the right`);
    captions[0].textContent = `Source: ${about.source}, ${range_text(of_source, view.source.unit)}`;
    captions[1].textContent = `Prediction (left) and target (right): ${about.target}, ${range_text(of_target, view.target.unit)}`;
    captions[2].textContent = `Prediction − target, ±${view.error_end} ${view.target.unit}: one scale for all models of the task`;
    const main = data.metrics[0];
    words.textContent = `Slice ${images.slice} of ${item.scan}: ` +
        (images.value !== null ? `${main.label} ${fixed(images.value, main.decimals)} (this slice), ` : "") +
        `mean absolute error ${+images.mae.toPrecision(3)} ${view.target.unit} inside the mask of this slice.` +
        (item.value !== null ? ` The whole case: ${metric().label} ${fixed(item.value, digits())}.` : "");
  }
  await update();
  place.dataset.ready = "yes";
}

// ------------------------------------------------------------------------------------------- the worst of all

async function gallery() {
  const section = document.getElementById("worst-cases");
  if (!section) return;
  const host = make("div", {class: "gallery"});
  for (const [task, model, scan, value] of data.worst) {
    const view = find_view(task, model, scan);
    if (!view) continue;
    const images = view.slices[view.main];
    const [p, t] = [make("canvas", {"aria-hidden": "true"}), make("canvas", {"aria-hidden": "true"})];
    const main = data.metrics[0];
    host.append(make("button", {type: "button", "aria-haspopup": "dialog", onclick: () => {
      if (state.metric !== 0) {   // the gallery is about the leaderboard's metric
        document.getElementById("protocol").value = main.protocol;
        document.getElementById("protocol").dispatchEvent(new Event("change"));
      }
      open_viewer(task, {label: data.models[model].label, models: [model], trivial: data.models[model].trivial}, 0, scan);
    }}, make("span", {class: "pair"}, p, t),
        make("span", {}, data.tasks[task].id), make("span", {class: "detail"}, `${data.models[model].label}, ${scan}`),
        make("span", {class: "detail"}, (images.value !== null ? `slice ${fixed(images.value, main.decimals)}, ` : "") + `case ${fixed(value, main.decimals)}`)));
    const [prediction, target] = [await unpack(images.prediction), await unpack(images.target)];
    paint(p, prediction, gray(view.target), view.aspect);
    paint(t, difference(prediction, target), diverging(view.error_end), view.aspect);
  }
  if (host.children.length > 0)
    section.before(make("p", {class: "hint"}, "Prediction and error of the worst case of every task; each opens."), host);
}

// ------------------------------------------------------------------------------------------------------ begin

function start() {
  document.documentElement.classList.add("js");
  document.body.append(live, tip, viewer);
  for (const table of document.querySelectorAll("main figure.table table")) {
    if (table.tBodies[0].rows.length === 0) continue;
    table.closest("figure").querySelector(".scroll").after(copy_tools(table));
    for (const row of table.tBodies[0].querySelectorAll("tr[data-row]")) {
      const [task, model] = row.dataset.row.split(".").map(Number), header = row.cells[0];
      header.replaceChildren(make("button", {type: "button", class: "open", "aria-haspopup": "dialog", title: "show its cases",
          onclick: () => {
            if (state.metric !== 0) {
              document.getElementById("protocol").value = data.metrics[0].protocol;
              document.getElementById("protocol").dispatchEvent(new Event("change"));
            }
            open_viewer(task, {label: data.models[model].label, models: [model], trivial: data.models[model].trivial}, 0);
          }}, ...header.childNodes));
    }
    if (table.tBodies[0].rows.length > 1) make_sortable(table);
  }
  explorer.append(make("p", {class: "hint"}, "Point at a value, or go there with Tab and the arrows, for its interval and n. Open it for its cases."),
      controls(), host);
  explorer.hidden = false;
  const list = document.querySelector("nav ul");
  if (list) list.prepend(make("li", {}, make("a", {href: "#explorer"}, "All results")));
  host.addEventListener("keydown", walk);
  host.addEventListener("focusin", (event) => { if (event.target.matches("button.value")) show_tip(event.target); });
  host.addEventListener("focusout", hide_tip);
  host.addEventListener("pointerover", (event) => {
    const button = event.target.closest("button.value");
    if (button) show_tip(button);
  });
  host.addEventListener("pointerout", (event) => { if (event.target.closest("button.value")) hide_tip(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide_tip(); });
  window.addEventListener("scroll", hide_tip, {passive: true});
  draw();
  return gallery();
}

start();
})();
