/* The theme's editor: a live page beside the form in its design and layouts, light or dark, contrast told as colours change,
   reset and undo. Saving is the form's. */
document.addEventListener("DOMContentLoaded", () => {
  const panel = document.querySelector("[data-live]");
  const form = document.getElementById("theme_form");
  if (!panel || !form) return;
  const layout = Object.assign(document.createElement("div"), { className: "sw-live-layout" });
  form.before(layout);
  layout.append(form, panel);

  const frame = panel.querySelector("[data-live-frame]");
  const undo = panel.querySelector("[data-live-undo]");
  const pairs = JSON.parse(document.getElementById("theme-pairs").textContent);
  const inputs = [...form.querySelectorAll("input, select")].filter((input) =>
    /^(color|font|text|radius|control)/.test(input.name));
  const named = (name) => form.elements[name];
  /* The radio buttons of one part of the pages are turned as one value, as an input is. */
  const layouts = new Map([...form.querySelectorAll("[data-layout]")].map(({ dataset }) => {
    const name = `layout-${dataset.layout}`;
    return [name, { name, dataset, radios: named(name), get value() { return this.radios.value; } }];
  }));
  const turned = (target) => layouts.get(target.name) ?? target;
  const shown = new Map([...inputs, ...layouts.values()].map((input) => [input, input.value]));
  const steps = [];
  const page = panel.querySelector("[data-live-page]");
  const design = named("slug");
  const stored = design?.value;

  // Another design comes with values of its own: only what was turned is carried over, as when it is saved.
  const isTurned = (input) => input.value && input.value !== input.dataset.own;

  function paint() {
    const root = frame.contentDocument?.documentElement;
    if (!root) return;
    root.dataset.layout = [...layouts.values()].filter(isTurned).map(({ dataset, value }) => `${dataset.layout}-${value}`).join(" ");
    for (const input of inputs) {
      if (design?.value === stored ? input.value : isTurned(input)) root.style.setProperty(`--${input.name}`, input.value);
      else root.style.removeProperty(`--${input.name}`);
    }
  }

  function show() {
    frame.src = design?.value === stored ? page.value : `${page.value}?${new URLSearchParams({ design: design.value })}`;
  }

  /* A page follows the reader's mode by media queries; here they follow the buttons. */
  const modes = panel.querySelector("[data-live-modes]");
  let dark = false;
  let darkRules = [];
  function* darkIn(rules) {
    for (const rule of rules) {
      if (/prefers-color-scheme: *dark/.test(rule.media?.mediaText)) yield rule;
      else if (rule.cssRules) yield* darkIn(rule.cssRules);
    }
  }
  function findModes() {
    try {
      darkRules = [...frame.contentDocument.styleSheets].flatMap((sheet) => [...darkIn(sheet.cssRules)]);
    } catch {
      darkRules = []; // Style sheets of another host cannot be read; the page follows the reader then.
    }
    modes.hidden = darkRules.length === 0;
    if (darkRules.length) light();
  }
  function light() {
    for (const rule of darkRules) rule.media.mediaText = dark ? "all" : "not all";
    frame.contentDocument.documentElement.style.colorScheme = dark ? "dark" : "light";
  }
  for (const button of modes.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      dark = button.dataset.liveMode === "dark";
      for (const each of modes.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === button));
      light();
    });
  }

  const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [red, green, blue] = [1, 3, 5].map((start) => channel(parseInt(colour.slice(start, start + 2), 16) / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };

  const lines = new Map();
  function lineOf(input) {
    if (!lines.has(input)) {
      const line = Object.assign(document.createElement("p"), { className: "sw-contrast", id: `contrast-${input.name}` });
      line.setAttribute("role", "status");
      input.parentElement.append(line);
      input.setAttribute("aria-describedby", line.id);
      lines.set(input, line);
    }
    return lines.get(input);
  }

  function judge() {
    const said = new Map();
    for (const [one, other, label] of pairs) {
      const [ink, ground] = [named(one), named(other)];
      if (![ink, ground].every((input) => /^#[0-9a-f]{6}$/i.test(input?.value ?? ""))) continue;
      // Never rounded up to a ratio that is not reached.
      const ratio = Math.floor(contrast(ink.value, ground.value) * 10) / 10;
      const passes = ratio >= 4.5;
      const words = `${ratio.toFixed(1)} : 1 ${panel.dataset.on} ${label}: ${passes ? panel.dataset.passes : panel.dataset.fails}`;
      said.set(ink, [...(said.get(ink) ?? []), { words, passes }]);
    }
    for (const [input, verdicts] of said) {
      const line = lineOf(input);
      line.replaceChildren(...verdicts.map(({ words, passes }) =>
        Object.assign(document.createElement("span"), { textContent: words, className: passes ? "sw-passes" : "sw-fails" })));
    }
  }

  function changed(input) {
    if (shown.get(input) === input.value) return;
    steps.push([input, shown.get(input)]);
    shown.set(input, input.value);
    undo.disabled = false;
    paint();
    judge();
  }

  function set(turn, value) {
    if (turn.radios) turn.radios.value = value;
    else turn.value = value;
    const input = turn.radios ? turn.radios[0] : turn;
    // Also tells whatever stands for the same value, such as a colour's text beside its well.
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  for (const input of inputs) {
    const own = input.dataset.own ?? "";
    if (!own && input.tagName !== "SELECT") continue;
    const reset = Object.assign(document.createElement("button"), {
      type: "button", className: "sw-reset", textContent: "↺", title: panel.dataset.reset,
    });
    reset.setAttribute("aria-label", `${panel.dataset.reset}: ${input.labels?.[0]?.textContent.trim() ?? input.name}`);
    reset.addEventListener("click", () => set(input, own));
    const label = input.labels?.[0] ?? form.querySelector(`label[for="${input.id}"]`);
    label?.after(reset);
  }

  form.addEventListener("input", ({ target }) => {
    if (shown.has(turned(target))) changed(turned(target));
    if (layouts.has(target.name)) reveal(turned(target).dataset.layout);
  });
  undo.addEventListener("click", () => {
    const [input, value] = steps.pop();
    set(input, value);
    steps.pop();
    undo.disabled = steps.length === 0;
  });
  /* What was laid out otherwise is brought before the eye: a page that has the part, as wide as it takes to tell. */
  const kinds = { checkout: ["checkout"], offer: ["upsell", "downsell"] };
  function reveal(part) {
    if (!kinds[part]) return;
    const fitting = [...page.options].filter((option) => kinds[part].includes(option.dataset.kind));
    if (fitting.length && !fitting.includes(page.selectedOptions[0])) {
      fitting[0].selected = true;
      show();
    }
    if (widths[0].getAttribute("aria-pressed") === "false") widths[0].click();
  }
  page.addEventListener("change", show);
  design?.addEventListener("change", show);
  const widths = [...panel.querySelectorAll("[data-live-width]")];
  function fit() {
    const width = Number(widths.find((button) => button.getAttribute("aria-pressed") === "true").dataset.liveWidth);
    const scale = Math.min(1, frame.parentElement.clientWidth / width);
    Object.assign(frame.style, { width: `${width}px`, height: `${frame.parentElement.clientHeight / scale}px`, transform: `scale(${scale})` });
  }
  for (const button of widths) {
    button.addEventListener("click", () => {
      for (const each of widths) each.setAttribute("aria-pressed", String(each === button));
      fit();
    });
  }
  if (window.innerWidth < 700) widths.at(-1).click();
  new ResizeObserver(fit).observe(frame.parentElement);
  function dress() {
    paint();
    findModes();
  }
  frame.addEventListener("load", dress);
  if (frame.contentDocument?.readyState === "complete") dress();
  judge();
});
