// The checkout page: mounts the gateway's card fields, turns them into a token and submits an ordinary form once.
// Quantity, extra, country and delivery are repriced by the server; without this script the same form does it all by page loads.
import { byId, focusErrors, listProblem, mark, onReturn, setBusy, validateAll, validateInline } from "stepwell/form";
import { readConfig, themeLook } from "stepwell/gateway";

const form = byId("payment-form");
const button = byId("submit-payment");
const buttons = [button, byId("submit-wallet")].filter(Boolean);
const cardFields = byId("card-fields");
const processing = form.querySelector('[data-testid="payment-processing"]');
const announcer = form.querySelector("[data-announce]");

const PAYMENT = "payment-section";
const UNPROCESSABLE = 422;

let gateway = null;
let sending = false;
let pricing = Promise.resolve();
let latestPricing = 0;

/** What is wrong with the payment, where it is paid; it takes the place of what became of an earlier attempt. */
function showPaymentError(message) {
  const line = byId("payment-error");
  line.textContent = message;
  if (!message) return;
  document.querySelector("[data-payment-problem]")?.remove();
  line.dataset.testid = "payment-error";
}

/** What is wrong with the card: beside its fields, and in the error summary like what is wrong with ours. */
function showCardError(message) {
  showPaymentError(message);
  listProblem(form, PAYMENT, message);
}

function setSending(value) {
  sending = value;
  for (const each of buttons) setBusy(each, value);
  processing.hidden = !value;
}

/** What the gateway may want to know of the shopper, as typed so far. */
function shopper() {
  const value = (name) => form.elements[name]?.value.trim() ?? "";
  const details = { name: `${value("firstName")} ${value("lastName")}`.trim(), email: value("email") };
  if (!form.elements.address) return details;
  const address = {
    line1: value("address"),
    line2: "",
    city: value("city"),
    state: value("state"),
    postal_code: value("zipCode"),
    country: value("country"),
  };
  return { ...details, address };
}

const walletChosen = () => {
  const way = form.querySelector('[name="gateway"][data-kind]:checked');
  return byId("wallet") !== null && (way ? way.dataset.kind === "wallet" : !cardFields);
};

async function mountCardFields() {
  delete cardFields.dataset.failed;
  try {
    const provider = await import(cardFields.dataset.module);
    gateway = await provider.mount(readConfig(), {
      container: cardFields,
      onChange: () => showCardError(""),
      appearance: themeLook(),
      shopper,
    });
    cardFields.dataset.ready = "";
  } catch (error) {
    console.error(error);
    showPaymentError(cardFields.dataset.textUnavailable);
    cardFields.dataset.failed = "";
    offerRetry();
  }
}

function offerRetry() {
  const retry = Object.assign(document.createElement("button"), {
    type: "button",
    className: "button button-secondary card-retry",
    textContent: cardFields.dataset.textRetry,
  });
  retry.addEventListener("click", () => {
    retry.remove();
    showPaymentError("");
    mountCardFields();
  });
  cardFields.append(retry);
}

async function tokenize() {
  if (!gateway) return { error: cardFields.dataset.textLoading };
  try {
    return await gateway.tokenize();
  } catch (error) {
    console.error(error);
    return { error: cardFields.dataset.textTimeout };
  }
}

/** Fields and card are judged in one round; what the card's frames say may come a moment later. */
async function checkCard() {
  if (!gateway || walletChosen()) return;
  const { error } = await gateway.check();
  if (!error || sending) return;
  showCardError(error);
  // The gateway may have taken the focus to its own field; who is typing already is left alone.
  if (!document.activeElement.closest("[data-field]")) byId("error-summary").focus();
}

async function pay() {
  const seen = form.elements.shown_total.value;
  setSending(true);
  await pricing;
  if (form.elements.shown_total.value !== seen) {
    // The shopper pressed the button under another total than the one that is due now.
    setSending(false);
    showPaymentError(form.dataset.textChanged);
    return;
  }
  if (cardFields && !walletChosen()) {
    showCardError("");
    const { token, card, error } = await tokenize();
    if (error) {
      setSending(false);
      showCardError(error);
      byId("error-summary").focus();
      return;
    }
    form.elements.payment_token.value = token;
    form.elements.card_hint.value = card ?? "";
    form.elements.in_page.value = "1";
  }
  form.submit();
}

/** Ask for the prices of what is chosen; `action` is a button's, where one was pressed. */
async function reprice(action = "") {
  const chosen = new FormData(form);
  if (action) chosen.set("action", action);
  const ticket = ++latestPricing;
  byId("order-summary").setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.dataset.summaryUrl, {
      method: "POST",
      body: chosen,
      headers: { Accept: "application/json" },
    });
    if (!response.ok && response.status !== UNPROCESSABLE) throw new Error(`summary answered ${response.status}`);
    const answer = await response.json();
    if (ticket !== latestPricing) return;
    if (response.ok) showPrices(answer, action);
    else refuse(answer);
  } catch (error) {
    console.error(error);
    if (ticket !== latestPricing) return;
    byId("order-summary").removeAttribute("aria-busy");
    announcer.textContent = form.dataset.textOffline;
    showPaymentError(form.dataset.textOffline);
  }
}

/** A choice that cannot be priced: the message stands at its field, the prices stay as they were. */
function refuse({ error, field }) {
  byId("order-summary").removeAttribute("aria-busy");
  const choices = [...form.querySelectorAll("[data-choice]")];
  for (const choice of choices) mark(form, choice, "");
  const wrong = choices.find((choice) => !choice.validity.valid) ?? choices[0];
  const input = field === "choices" ? wrong : field && form.elements[field];
  if (input) mark(form, input, error);
  else showPaymentError(error);
  announcer.textContent = error;
}

/** The ways of delivery for a new country, or at new prices; who was choosing one goes on choosing. */
function showMethods(html) {
  const current = byId("shipping-methods");
  if (!current || !html) return;
  const focused = current.contains(document.activeElement) ? document.activeElement.id : "";
  current.replaceWith(document.createRange().createContextualFragment(html).querySelector("#shipping-methods"));
  if (focused) byId(focused)?.focus();
}

/** From free to paid or back other parts of the page are needed: the form asks for all of it, with what was typed. */
function askForPage() {
  const action = Object.assign(document.createElement("input"), { type: "hidden", name: "action", value: "update" });
  form.append(action);
  form.submit();
}

/** After a coupon's button the focus goes to what became of it; its message is read with the field. */
function focusCoupon(summary) {
  const wrong = summary.querySelector('#coupon_code[aria-invalid="true"]');
  (wrong ?? summary.querySelector("#coupon-applied") ?? summary.querySelector("#coupon-toggle"))?.focus();
}

function showPrices({ html, methods, submit_label: label, total_minor: total }, action) {
  for (const input of form.querySelectorAll('[data-choice][aria-invalid="true"]')) mark(form, input, "");
  showMethods(methods);
  const current = byId("order-summary");
  const fresh = document.createRange().createContextualFragment(html).querySelector("#order-summary");
  fresh.open = current.open;
  const entry = fresh.querySelector(".coupon-entry");
  if (entry && !action) entry.open ||= current.querySelector(".coupon-entry").open;
  current.replaceWith(fresh);
  const wasFree = form.elements.shown_total.value === "0";
  form.elements.shown_total.value = total;
  if (wasFree !== (total === 0)) return askForPage();
  if (action) focusCoupon(fresh);
  if (button && sending) button.dataset.idle = label;
  else if (button) button.querySelector("[data-label]").textContent = label;
  announcer.textContent = `${form.dataset.textTotal} ${fresh.querySelector("[data-total]").textContent}`;
  const quantity = byId("quantity");
  if (quantity) document.querySelector("[data-quantity]").textContent = quantity.value;
  gateway?.update({ amount: total });
}

form.addEventListener("submit", (event) => {
  if (event.submitter?.name === "action") return;
  event.preventDefault();
  if (sending) return;
  if (validateAll(form)) pay();
  else checkCard().catch(console.error);
});
byId("error-summary").addEventListener("click", (event) => {
  if (!event.target.closest(`a[href="#${PAYMENT}"]`) || !gateway || walletChosen()) return;
  event.preventDefault();
  byId(PAYMENT).scrollIntoView({ block: "nearest" });
  gateway.focus();
});
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-reprice]")) pricing = reprice();
});
document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-coupon]");
  if (!pressed) return;
  event.preventDefault();
  pricing = reprice(pressed.value);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.id !== "coupon_code") return;
  event.preventDefault();
  pricing = reprice("update");
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => gateway?.update({ appearance: themeLook() }));
onReturn(() => setSending(false));
validateInline(form);
focusErrors();
if (cardFields) mountCardFields();
if (byId("wallet-button")) {
  const page = {
    isChosen: walletChosen,
    validate: () => !sending && validateAll(form),
    async settled() {
      const seen = form.elements.shown_total.value;
      await pricing;
      return form.elements.shown_total.value === seen;
    },
    setSending,
    showError: showPaymentError,
  };
  import("stepwell/wallet").then(({ offerWallet }) => offerWallet(form, page), console.error);
}
