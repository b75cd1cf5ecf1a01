/* The funnel editor: links marked `data-panel` open beside the drawing, which is drawn anew after each change.
   Without this script the same links are pages of their own. */
const editor = document.getElementById("funnel-editor");
const told = document.querySelector("[data-told]");
const texts = editor.dataset;
const ZOOM_KEY = "sw-funnel-fit";
const SMALLEST = 0.55;
let silence;

function tell(text) {
  clearTimeout(silence);
  told.textContent = text;
  silence = setTimeout(() => { told.textContent = ""; }, 5000);
}

async function ask(url, options = {}) {
  const response = await fetch(url, { ...options, headers: { "X-Panel": "1" }, credentials: "same-origin" });
  if (!response.ok && response.status !== 422) throw new Error(String(response.status));
  const json = response.headers.get("Content-Type")?.includes("json");
  return json ? { json: await response.json() } : { html: await response.text() };
}

async function redraw(focus) {
  const { html } = await ask(texts.boardUrl);
  editor.innerHTML = html;
  fit();
  (focus ? editor.querySelector(`[data-key="${focus}"]`) : editor.querySelector("[data-frame]"))?.focus();
}

/* One panel. What its link wants to know of the outcome (a chosen product) is told to `opener`'s form. */
class Panel {
  constructor(link) {
    this.opener = link;
    this.dialog = document.createElement("dialog");
    this.dialog.className = "sw-panel";
    document.body.append(this.dialog);
    this.dialog.addEventListener("cancel", (event) => { event.preventDefault(); this.leave(); });
    this.dialog.addEventListener("click", (event) => this.clicked(event));
    this.dialog.addEventListener("input", () => { this.typed = true; });
    this.dialog.addEventListener("submit", (event) => this.submit(event));
    this.dialog.addEventListener("close", () => this.dialog.remove());
  }

  async open(url) {
    const waiting = document.createElement("p");
    waiting.className = "sw-panel-waiting";
    waiting.textContent = texts.textLoading;
    this.dialog.replaceChildren(waiting);
    if (!this.dialog.open) this.dialog.showModal();
    try {
      this.show((await ask(url)).html);
    } catch {
      location.assign(url);
    }
  }

  show(html) {
    this.dialog.innerHTML = html;
    this.typed = false;
    const heading = this.dialog.querySelector("h2");
    this.dialog.setAttribute("aria-label", heading.textContent.trim().replace(/\s+/g, " "));
    for (const close of this.dialog.querySelectorAll("[data-close]")) close.textContent = texts.textClose;
    for (const script of this.dialog.querySelectorAll("script[src]")) this.load(script);
    const wrong = this.dialog.querySelector("[role=alert], .errors :is(input, select, textarea)");
    if (wrong) {
      wrong.closest("details")?.setAttribute("open", "");
      if (wrong.matches("[role=alert]")) wrong.tabIndex = -1;
      wrong.focus();
    } else {
      heading.tabIndex = -1;
      heading.focus();
    }
  }

  /* A button within a part of the form changes that part only, and saves nothing. */
  swap(part, html) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    part.replaceWith(fresh.content.getElementById(part.id));
    const now = document.getElementById(part.id);
    document.getElementById(now.dataset.focus)?.focus();
    this.typed = true;
  }

  /* A script that a field brings along is not run by innerHTML. */
  load(script) {
    const copy = document.createElement("script");
    for (const { name, value } of script.attributes) copy.setAttribute(name, value);
    script.replaceWith(copy);
  }

  clicked(event) {
    if (event.target === this.dialog || event.target.closest("[data-close]")) {
      event.preventDefault();
      this.leave();
    }
  }

  leave() {
    if (this.typed && !confirm(texts.textUnsaved)) return;
    this.dialog.close();
    this.opener?.focus();
  }

  async submit(event) {
    event.preventDefault();
    event.stopPropagation();
    const form = event.target;
    if (form.hasAttribute("aria-busy")) return;
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(form.action, { method: "POST", body: new FormData(form, event.submitter) });
      const part = event.submitter?.closest("[data-part]");
      if (answer.html && part) {
        this.swap(part, answer.html);
      } else if (answer.html) {
        this.show(answer.html);
        this.typed = true;
      } else await this.finish(answer.json);
    } catch {
      tell(texts.textFailed);
    } finally {
      form.removeAttribute("aria-busy");
    }
  }

  async finish(outcome) {
    if (outcome.price) {
      this.dialog.close();
      choose(this.opener, outcome.price);
      return;
    }
    if (outcome.open) {
      await redraw();
      await this.open(outcome.open);
    } else {
      this.dialog.close();
      await redraw(outcome.focus);
    }
    tell(outcome.told);
  }
}

/* Put a new price into every choice of prices beside the link that asked for it, and choose it where it was asked for. */
function choose(link, price) {
  const form = link.closest("form");
  for (const select of form.querySelectorAll("select[name$=price]")) {
    select.add(new Option(price.label, price.id));
  }
  const chosen = form.elements[link.dataset.chooses];
  chosen.value = price.id;
  chosen.dispatchEvent(new Event("input", { bubbles: true }));
  chosen.focus();
}

function fit() {
  const frame = editor.querySelector("[data-frame]");
  const canvas = editor.querySelector("[data-canvas]");
  const button = editor.querySelector("[data-fit]");
  const wanted = localStorage.getItem(ZOOM_KEY) !== "0";
  button.hidden = false;
  button.setAttribute("aria-pressed", String(wanted));
  canvas.style.setProperty("--zoom", 1);
  const style = getComputedStyle(frame);
  const room = frame.clientWidth - parseFloat(style.paddingInlineStart) - parseFloat(style.paddingInlineEnd);
  if (wanted) canvas.style.setProperty("--zoom", Math.max(SMALLEST, Math.min(1, room / canvas.offsetWidth)));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-panel]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    new Panel(link).open(link.href);
  }
  if (event.target.closest("[data-fit]")) {
    localStorage.setItem(ZOOM_KEY, localStorage.getItem(ZOOM_KEY) === "0" ? "1" : "0");
    fit();
  }
  for (const open of editor.querySelectorAll("details.sw-step-problems[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
window.addEventListener("resize", fit);
fit();
