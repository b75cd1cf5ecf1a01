// Forms that explain themselves: busy buttons, inline messages and an error summary that takes focus.
// Messages come from the page, so that the script and the server say the same.

const MARKED = '[aria-invalid="true"]';
const LOOKS_LIKE_EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/;

export const byId = (id) => document.getElementById(id);

/** Say that a button is at work, or set it free again. The button keeps focus, so `disabled` is not used. */
export function setBusy(button, busy) {
  const label = button.querySelector("[data-label]");
  if (busy) {
    button.dataset.idle ??= label.textContent;
    label.textContent = button.dataset.busy;
  } else if (button.dataset.idle !== undefined) {
    label.textContent = button.dataset.idle;
    delete button.dataset.idle;
  }
  button.setAttribute("aria-busy", String(busy));
  button.setAttribute("aria-disabled", String(busy));
}

/** Run `reset` when the browser brings this page back as it was left, with its buttons still at work. */
export function onReturn(reset) {
  window.addEventListener("pageshow", (event) => event.persisted && reset());
}

/** Focus what the server found wrong, so that a screen reader reads it first. */
export function focusErrors() {
  document.querySelector(".error-summary:not([hidden]), [data-focus]")?.focus();
}

/** Validate each field when it is left (never before anything was typed) and clear its message once it is right. */
export function validateInline(form) {
  form.noValidate = true;
  const typedIn = new WeakSet();
  form.addEventListener("input", ({ target }) => {
    typedIn.add(target);
    if (target.matches(`[data-field] ${MARKED}`) && !problem(target)) mark(form, target, "");
  });
  form.addEventListener("focusout", ({ target }) => {
    if (typedIn.has(target) && target.closest("[data-field]")) mark(form, target, problem(target));
  });
  byId("error-summary").addEventListener("click", (event) => {
    const target = event.target.closest("a") && byId(event.target.closest("a").hash.slice(1));
    if (!target?.matches("input, select")) return;
    event.preventDefault();
    const details = target.closest("details");
    if (details) details.open = true;
    target.focus();
  });
}

/** Check every field; list what is wrong in the error summary and focus it. True when nothing is. */
export function validateAll(form) {
  const wrong = inputs(form).filter((input) => mark(form, input, problem(input)));
  if (wrong.length) {
    showSummary(form, wrong.map((input) => entry(input.id, byId(`${input.id}-error`).textContent)));
    byId("error-summary").focus();
  }
  return wrong.length === 0;
}

/** List what is wrong with a part of the page that is not a field of ours, after the fields, or take it away. */
export function listProblem(form, id, message) {
  forget(id);
  if (message) showSummary(form, [...byId("error-summary").querySelectorAll("[data-errors] > li"), entry(id, message)]);
}

function showSummary(form, entries) {
  const summary = byId("error-summary");
  summary.querySelector("#error-summary-title span").textContent = form.dataset.textErrors;
  summary.querySelector("[data-errors]").replaceChildren(...entries);
  summary.querySelector("[data-payment-problem]")?.remove();
  summary.hidden = false;
}

const inputs = (form) => [...form.querySelectorAll("[data-field] :is(input, select)")];

function problem(input) {
  const { required, invalid } = input.closest("[data-field]").dataset;
  if (input.required && !input.value.trim()) return required;
  const mistyped = input.type === "email" && !LOOKS_LIKE_EMAIL.test(input.value.trim());
  return mistyped || !input.validity.valid ? invalid || input.validationMessage : "";
}

/** Tie a message to its field, or take it away; returns the message. */
export function mark(form, input, message) {
  const line = byId(`${input.id}-error`);
  const described = new Set((input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  line.textContent = message;
  described[message ? "add" : "delete"](line.id);
  input.setAttribute("aria-describedby", [...described].join(" "));
  if (message) {
    input.setAttribute("aria-invalid", "true");
  } else {
    input.removeAttribute("aria-invalid");
    forget(input.id);
  }
  return message;
}

function entry(id, message) {
  const link = document.createElement("a");
  link.href = `#${id}`;
  link.textContent = message;
  const item = document.createElement("li");
  item.append(link);
  return item;
}

function forget(id) {
  const summary = byId("error-summary");
  for (const link of summary.querySelectorAll(`[data-errors] a[href="#${id}"]`)) link.parentElement.remove();
  summary.hidden = !summary.querySelector("li, [data-payment-problem]");
}
