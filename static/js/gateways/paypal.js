// PayPal: the JavaScript SDK's button. It approves the order that our server made; the server captures it.
// https://developer.paypal.com/sdk/js/reference/
import { loadScript, within } from "stepwell/gateway";

const PATIENCE_SECONDS = 20;

export async function mountButton(config, container, talk) {
  await loadScript(config.script_url, { "data-csp-nonce": document.querySelector("script[nonce]").nonce });
  const { paypal } = window;
  const buttons = paypal.Buttons({
    fundingSource: paypal.FUNDING.PAYPAL,
    style: { label: "paypal", height: 55 },
    onClick: (_data, actions) => (talk.isValid() ? actions.resolve() : actions.reject()),
    createOrder: talk.order,
    onApprove: talk.approved,
    onCancel: talk.cancelled,
    onError: talk.failed,
  });
  if (!buttons.isEligible()) throw new Error("PayPal is not available to this shopper");
  await within(PATIENCE_SECONDS, buttons.render(container));
}
