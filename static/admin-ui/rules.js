/* Builds an offer's rule from conditions and groups, and writes it as JSON into the text area that the form sends. */
const DEEPEST = 3;

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name.startsWith("data-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

function select(label, options, chosen, changed) {
  const element = make("select", { "aria-label": label });
  for (const [value, text] of options) element.add(new Option(text, value, false, value === chosen));
  element.addEventListener("change", () => changed(element.value));
  return element;
}

class RuleBuilder extends HTMLElement {
  connectedCallback() {
    if (this.area) return;
    this.words = JSON.parse(this.dataset.vocabulary);
    this.area = this.querySelector("textarea");
    try {
      const rule = JSON.parse(this.area.value || "{}");
      this.root = rule.match ? rule : { match: "all", rules: rule.fact ? [rule] : [] };
    } catch {
      return; // What was typed by hand and is no JSON is mended by hand.
    }
    this.area.hidden = true;
    this.shown = make("div");
    const told = this.area.getAttribute("aria-describedby");
    if (told) this.shown.setAttribute("aria-describedby", told);
    this.append(this.shown);
    this.draw();
  }

  /* Draw everything anew and give the focus to what `wanted` picks. */
  draw(wanted) {
    this.shown.replaceChildren(this.group(this.root, 0));
    this.write();
    if (wanted) this.shown.querySelector(wanted)?.focus();
    delete this.fresh;
  }

  write() {
    this.area.value = this.root.rules.length ? JSON.stringify(this.root, null, 2) : "";
  }

  changed() {
    this.write();
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  group(group, depth, parent) {
    const { texts } = this.words;
    const add = (rule) => { group.rules.push(rule); this.fresh = rule; this.changed(); this.draw("[data-fresh]"); };
    const head = make("div", { className: "sw-rule-head" });
    if (!group.rules.length && !parent) head.append(make("p", { className: "sw-subtle", textContent: texts.always }));
    else head.append(select(texts.match, [["all", texts.all], ["any", texts.any]], group.match, (value) => { group.match = value; this.changed(); }));
    if (parent) head.append(this.removal(texts.removeGroup, group, parent));
    const buttons = make("div", { className: "sw-buttons" },
      this.button(texts.condition, () => add({ fact: "total", test: "at_least", value: null })));
    if (depth < DEEPEST && group.rules.length) {
      const empty = () => add({ match: group.match === "all" ? "any" : "all", rules: [{ fact: "total", test: "at_least", value: null }] });
      buttons.append(this.button(texts.group, empty));
    }
    const rules = group.rules.map((rule) => rule.rules ? this.group(rule, depth + 1, group) : this.condition(rule, group));
    const box = make("div", { className: "sw-rule-group", role: "group", "aria-label": texts[group.match] }, head, ...rules, buttons);
    if (group === this.fresh) box.querySelector(".sw-rule-line select").setAttribute("data-fresh", "");
    return box;
  }

  condition(rule, parent) {
    const { texts, facts, parameters } = this.words;
    const fact = facts.find((one) => one.key === rule.fact) ?? facts[0];
    const subject = select(texts.fact, facts.map((one) => [one.key, one.label]), fact.key, (key) => {
      const chosen = facts.find((one) => one.key === key);
      for (const name of Object.keys(rule)) delete rule[name];
      Object.assign(rule, { fact: key, ...(key === "campaign" && { parameter: parameters[0] }), test: chosen.tests[0].key });
      this.fresh = rule;
      this.changed();
      this.draw("[data-fresh]");
    });
    if (rule === this.fresh) subject.setAttribute("data-fresh", "");
    const line = make("div", { className: "sw-rule-line", role: "group", "aria-label": fact.label }, subject);
    if (fact.key === "campaign") {
      line.append(select(texts.parameter, parameters.map((name) => [name, name]), rule.parameter, (name) => { rule.parameter = name; this.changed(); }));
    }
    line.append(select(texts.test, fact.tests.map((one) => [one.key, one.label]), rule.test, (test) => {
      rule.test = test;
      if (test === "given" || test === "not_given") delete rule.value;
      this.changed();
      const place = [...this.shown.querySelectorAll("select")].indexOf(document.activeElement);
      this.draw();
      this.shown.querySelectorAll("select")[place]?.focus();
    }));
    line.append(...this.value(rule, fact), this.removal(texts.remove, rule, parent));
    return line;
  }

  value(rule, fact) {
    if (rule.test === "given" || rule.test === "not_given") return [];
    if (fact.key === "total") return this.amount(rule);
    return [fact.options ? this.choice(rule, fact) : this.typed(rule)];
  }

  amount(rule) {
    const { texts, currency, decimals } = this.words;
    const unit = 10 ** decimals;
    const shown = Number.isInteger(rule.value) ? (rule.value / unit).toFixed(decimals) : "";
    const input = make("input", { type: "number", min: 0, step: 1 / unit, value: shown, "aria-label": `${texts.value} (${currency})` });
    input.addEventListener("input", () => { rule.value = input.value ? Math.round(input.valueAsNumber * unit) : null; this.changed(); });
    return [input, make("span", { className: "sw-rule-unit", textContent: currency, "aria-hidden": "true" })];
  }

  choice(rule, fact) {
    const { texts } = this.words;
    rule.value ??= [];
    const chips = make("span", { className: "sw-rule-chosen" });
    const show = () => {
      const buttons = rule.value.map((key) => {
        const name = fact.options[key] ?? key;
        const chip = make("button", { type: "button", className: "sw-rule-chip", textContent: name, "aria-label": `${texts.remove}: ${name}` });
        chip.addEventListener("click", () => { rule.value = rule.value.filter((one) => one !== key); this.changed(); show().focus(); });
        return chip;
      });
      const left = Object.entries(fact.options).filter(([key]) => !rule.value.includes(key));
      const adder = select(texts.value, [["", texts.add], ...left], "", (key) => { rule.value.push(key); this.changed(); show().focus(); });
      adder.hidden = !left.length;
      chips.replaceChildren(...buttons, adder);
      return left.length ? adder : buttons.at(-1);
    };
    show();
    return chips;
  }

  typed(rule) {
    const { texts } = this.words;
    const input = make("input", { type: "text", value: (rule.value ?? []).join(", "), title: texts.comma, "aria-label": `${texts.value}. ${texts.comma}` });
    input.addEventListener("input", () => {
      rule.value = input.value.split(",").map((part) => part.trim()).filter(Boolean);
      this.changed();
    });
    return input;
  }

  removal(label, rule, parent) {
    const button = make("button", { type: "button", className: "sw-rule-remove", textContent: "×", title: label, "aria-label": label });
    button.addEventListener("click", () => {
      parent.rules.splice(parent.rules.indexOf(rule), 1);
      if (!parent.rules.length) this.prune(this.root);
      this.changed();
      this.draw(".sw-buttons button");
    });
    return button;
  }

  /* A group without conditions says nothing. */
  prune(group) {
    group.rules = group.rules.filter((rule) => !rule.rules || this.prune(rule).rules.length);
    return group;
  }

  button(label, clicked) {
    const button = make("button", { type: "button", className: "sw-button sw-small", textContent: label });
    button.addEventListener("click", clicked);
    return button;
  }
}

if (!customElements.get("sw-rule")) customElements.define("sw-rule", RuleBuilder);
