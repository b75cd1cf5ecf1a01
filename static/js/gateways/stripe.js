// Stripe: the deferred Payment Element. The card becomes a confirmation token; the server makes the payment.
// https://docs.stripe.com/payments/accept-a-payment-deferred
import { loadScript, within } from "stepwell/gateway";

const PATIENCE_SECONDS = 20;

async function connect(config) {
  await loadScript(config.script_url);
  return window.Stripe(config.key, { stripeAccount: config.stripeAccount, locale: locale() });
}

const locale = () => document.documentElement.lang || "auto";

function stripeAppearance(look) {
  return {
    theme: "stripe",
    variables: {
      colorPrimary: look.accent,
      colorBackground: look.surface,
      colorText: look.ink,
      colorTextSecondary: look.muted,
      colorTextPlaceholder: look.muted,
      colorDanger: look.danger,
      fontFamily: look.font,
      fontSizeBase: "16px",
      borderRadius: look.radius,
      spacingUnit: "4px",
    },
    rules: {
      ".Input": { border: `1px solid ${look.line}`, boxShadow: "none", padding: "15px 14px" },
      ".Input:focus": { border: `1px solid ${look.accent}`, boxShadow: `0 0 0 1px ${look.accent}` },
      ".Input--invalid": { border: `1px solid ${look.danger}`, boxShadow: `0 0 0 1px ${look.danger}` },
      ".Label": { fontSize: "14px", fontWeight: "600" },
    },
  };
}

/** What the page asks itself is not asked again in the frame; Stripe then expects it with the token. */
const askedByPage = (shopper) => ({
  billingDetails: { name: "never", email: "never", ...(shopper.address && { address: "never" }) },
});

export async function mount(config, { container, onChange, appearance, shopper }) {
  const stripe = await connect(config);
  const elements = stripe.elements({
    mode: "payment",
    amount: config.amount,
    currency: config.currency,
    setupFutureUsage: config.setupFutureUsage,
    appearance: stripeAppearance(appearance),
    locale: locale(),
  });
  const card = elements.create("payment", { layout: "tabs", fields: askedByPage(shopper()) });
  const ready = new Promise((resolve, reject) => {
    card.on("ready", resolve);
    card.on("loaderror", ({ error }) => reject(error));
  });
  let complete = false;
  card.on("change", (state) => {
    complete = state.complete;
    if (!state.empty) onChange();
  });
  card.mount(container.querySelector('[data-mount="card"]'));
  await within(PATIENCE_SECONDS, ready);

  return {
    /** What is wrong with what was typed. What is complete is not submitted for it: a wallet would open its window. */
    async check() {
      const { error } = complete ? {} : await elements.submit();
      return { error: error?.message };
    },
    async tokenize() {
      const { error: incomplete } = await elements.submit();
      if (incomplete) return { error: incomplete.message };
      const { confirmationToken, error } = await stripe.createConfirmationToken({
        elements,
        params: { payment_method_data: { billing_details: shopper() } },
      });
      return error ? { error: error.message } : { token: confirmationToken.id };
    },
    update({ amount, appearance: look }) {
      elements.update({ ...(amount && { amount }), ...(look && { appearance: stripeAppearance(look) }) });
    },
    focus: () => card.focus(),
    unmount: () => card.unmount(),
  };
}

/** Let the shopper answer the bank in a window over this page. */
export async function challenge(config, clientSecret) {
  const stripe = await connect(config);
  const { error } = await stripe.handleNextAction({ clientSecret });
  return error ? { error: error.message } : { ok: true };
}
