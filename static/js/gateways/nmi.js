// NMI: Collect.js in its inline variant, three frames between labels of ours. A token serves one attempt,
// even a declined one, so that every submit asks for a new one.
import { loadScript, within } from "stepwell/gateway";

const PATIENCE_SECONDS = 20;
const TOKEN_TIMEOUT_MS = 15_000;
const PLACEHOLDERS = { ccnumber: "0000 0000 0000 0000", ccexp: "MM / YY", cvv: "•••" };

function frameStyles(look) {
  return {
    customCss: {
      "background-color": look.surface,
      border: "0",
      color: look.ink,
      "font-family": look.font,
      "font-size": "16px",
      height: look.height,
      padding: "0 14px",
    },
    placeholderCss: { color: look.muted },
    invalidCss: { color: look.danger },
  };
}

function fieldOptions(container) {
  const options = {};
  for (const frame of container.querySelectorAll("[data-mount]")) {
    const name = frame.dataset.mount;
    const title = frame.parentElement.querySelector(".field-label").textContent.trim();
    options[name] = { selector: `#${frame.id}`, title, placeholder: PLACEHOLDERS[name] };
  }
  options.cvv.display = "required";
  return options;
}

function showValidity(container, name, valid) {
  const frame = container.querySelector(`[data-mount="${name}"]`);
  const line = container.querySelector(`[data-message="${name}"]`);
  if (!frame || !line) return;
  frame.toggleAttribute("data-invalid", !valid);
  line.textContent = valid ? "" : line.dataset.text;
}

const BRANDS = { visa: "Visa", mastercard: "Mastercard", amex: "American Express", discover: "Discover" };

/** What the shopper recognises the card by, "Visa 4242"; NMI's server answers do not tell it. */
function cardHint(card) {
  const last4 = card?.number?.slice(-4) ?? "";
  return /^\d{4}$/.test(last4) ? `${BRANDS[card.type] ?? "Card"} ${last4}` : "";
}

export async function mount(config, { container, onChange, appearance }) {
  await loadScript(config.script_url, { "data-tokenization-key": config.key, "data-variant": "inline" });
  let answer = null;
  let askedAt = 0;
  const settle = (result) => {
    answer?.(result);
    answer = null;
  };

  const ready = new Promise((resolve) => {
    window.CollectJS.configure({
      variant: "inline",
      styleSniffer: "false",
      ...frameStyles(appearance),
      fields: fieldOptions(container),
      timeoutDuration: TOKEN_TIMEOUT_MS,
      fieldsAvailableCallback: resolve,
      callback: ({ token, card }) => settle({ token, card: cardHint(card) }),
      validationCallback(name, valid) {
        showValidity(container, name, valid);
        if (!valid) settle({ error: container.dataset.textIncomplete });
        else if (!container.querySelector("[data-invalid]")) onChange();
      },
      timeoutCallback() {
        // An earlier request that failed validation still reports its timeout; it says nothing about this one.
        if (performance.now() - askedAt >= TOKEN_TIMEOUT_MS) settle({ error: container.dataset.textTimeout });
      },
    });
  });
  await within(PATIENCE_SECONDS, ready);

  const tokenize = () =>
    new Promise((resolve) => {
      settle({});
      answer = resolve;
      askedAt = performance.now();
      window.CollectJS.startPaymentRequest();
    });

  return {
    tokenize,
    /** What is wrong with what was typed. Collect.js judges only when it is asked for a token, which is then left unused. */
    check: tokenize,
    focus() {
      const wrong = container.querySelector("[data-invalid]") ?? container.querySelector("[data-mount]");
      wrong.querySelector("iframe").focus();
    },
    // The amount is not part of a card's token; the theme's colours are fixed once the frames stand.
    update() {},
  };
}
