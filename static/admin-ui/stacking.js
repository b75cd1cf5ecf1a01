/* What stands alone on a phone says what it is: cells of stacked rows carry their column's name, and a stacked table
   stays a table to screen readers. Fields that have only a column or a frame for a name get it as their own. */
const EMPTY = /^[-–]?$/;
const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };

function stack(table) {
  const names = [...table.querySelectorAll("thead th")].map((head) => (head.querySelector(".text") ?? head).textContent.trim());
  for (const element of [table, ...table.querySelectorAll("thead, tbody, tr, td")]) {
    element.setAttribute("role", ROLES[element.tagName]);
  }
  for (const head of table.querySelectorAll("th")) head.setAttribute("role", head.closest("thead") ? "columnheader" : "rowheader");
  for (const row of table.querySelectorAll("tbody > tr")) {
    [...row.children].forEach((cell, place) => {
      const words = cell.innerText.trim();
      if (EMPTY.test(words) && !cell.querySelector("input, img, span, svg")) cell.dataset.empty = "";
      // The row's own name and a state in its coloured mark need no explanation.
      else if (place && names[place] && !cell.matches("th, .action-checkbox") && !cell.querySelector(":scope > span.uppercase, .sw-chip, .sw-buttons")) {
        cell.dataset.label = names[place];
      }
    });
  }
}

/* The fields of a row that is edited in place stand below their columns' names. */
function stackFields(table) {
  const names = [...table.querySelectorAll("thead th")].map((head) => (head.querySelector("span > span") ?? head).textContent.trim());
  for (const row of table.querySelectorAll("tr.form-row")) {
    [...row.querySelectorAll(":scope > .field-tabular")].forEach((cell, place) => { cell.dataset.label = names[place]; });
  }
}

/* A list without its heads is sorted from here: by each column that can be, and the other way round by the one it is. */
function offerSorting(table) {
  const heads = [...table.querySelectorAll("thead th")].filter((head) => head.querySelector(".text > a"));
  if (!heads.length) return;
  const choice = document.createElement("details");
  choice.className = "sw-sort";
  const told = document.createElement("summary");
  const list = document.createElement("ul");
  const sorted = [];
  for (const head of heads) {
    const column = head.querySelector(".text > a");
    const words = column.textContent.trim();
    const turn = head.querySelector("a.toggle");
    const rising = turn?.classList.contains("ascending");
    if (turn) sorted.push(`${words} ${rising ? "↑" : "↓"}`);
    const link = document.createElement("a");
    link.href = (turn ?? column).href;
    link.textContent = turn ? `${words} ${rising ? "↓" : "↑"}` : words;
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  told.textContent = sorted.length ? `Sorted by ${sorted.join(", ")}` : "Sort";
  choice.append(told, list);
  table.parentElement.before(choice);
}

function named(field) {
  return field.labels?.length || field.hasAttribute("aria-label") || field.hasAttribute("aria-labelledby");
}

function name(field) {
  const cell = field.closest("td");
  const column = cell && cell.closest("table")?.querySelectorAll("thead th")[cell.cellIndex];
  const frame = field.closest(".field-line, .form-row, fieldset")?.querySelector("label, legend");
  const words = (column ?? frame)?.innerText.replace("*", "").trim();
  if (words) field.setAttribute("aria-label", [words, field.placeholder].filter(Boolean).join(", "));
}

/* Whoever goes by keyboard gets past the menu with one key. */
function markContent(content) {
  if (!content || document.querySelector("main")) return;
  content.setAttribute("role", "main");
  content.tabIndex = -1;
  const past = document.createElement("a");
  past.className = "sw-past-menu";
  past.href = "#content";
  past.textContent = "Past the menu";
  document.body.prepend(past);
}

document.addEventListener("DOMContentLoaded", () => {
  markContent(document.getElementById("content"));
  for (const table of document.querySelectorAll("#result_list, table.sw-stacked")) stack(table);
  for (const table of document.querySelectorAll("#result_list")) offerSorting(table);
  for (const table of document.querySelectorAll("table.formset")) stackFields(table);
  for (const field of document.querySelectorAll("#content-main :is(input, select, textarea):not([type=hidden])")) {
    if (!named(field)) name(field);
  }
});
/* The search within a choice of several is made, and made anew, by a script of its own. */
document.addEventListener("DOMContentLoaded", () => {
  if (!document.querySelector(`select[class*="admin-autocomplete"]`)) return;
  const nameSearches = () => {
    for (const field of document.querySelectorAll(".select2-search__field")) if (!named(field)) name(field);
  };
  nameSearches();
  new MutationObserver(nameSearches).observe(document.body, { childList: true, subtree: true });
});
