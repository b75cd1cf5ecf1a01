// A wallet beside the card: its own button takes the place of ours, and its window approves what our server has ordered.
// Where the button cannot be drawn, our own button leads to the wallet's page, as it does without scripts.
import { readConfig } from "stepwell/gateway";

const TOO_MANY = 429;

/** Words of the server's or the page's for the shopper, in place of the usual ones. */
class Told extends Error {}

async function ask(url, body) {
  const response = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
  if (response.status === TOO_MANY) throw new Told((await response.json()).error);
  if (!response.ok || !response.headers.get("Content-Type")?.includes("json")) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}

/** What the wallet's window calls. `page` validates the form, shows that something is going on, and tells of problems. */
function conversation(form, page, problem) {
  let approval = null;
  let leaving = false;

  function leave(url) {
    leaving = true;
    location.assign(url);
  }

  async function report(url) {
    try {
      const token = new FormData();
      token.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      leave((await ask(url, token)).next);
    } catch (error) {
      console.error(error);
      // The page of this step knows best how things stand.
      leave(location.pathname);
    }
  }

  return {
    isValid: () => page.validate(),
    async order() {
      page.setSending(true);
      if (!(await page.settled())) throw new Told(form.dataset.textChanged);
      let answer;
      try {
        answer = await ask(form.getAttribute("action"), new FormData(form));
      } catch (error) {
        if (error instanceof Told) throw error;
        leaving = true;
        form.submit(); // The server answers with the page that says what is wrong.
        throw error;
      }
      if (!answer.approve) {
        leave(answer.next);
        throw new Error("there is nothing to approve");
      }
      approval = answer;
      return answer.approve;
    },
    approved: () => report(approval.complete_url),
    cancelled: () => report(approval.abandon_url),
    failed(error) {
      if (leaving) return;
      console.error(error);
      if (approval) report(approval.abandon_url);
      else {
        page.setSending(false);
        page.showError(error instanceof Told ? error.message : problem);
      }
    },
  };
}

/** Draw the wallet's button once it is wanted; the form gets `data-wallet-ready` when ours is to make way. */
export function offerWallet(form, page) {
  const wallet = document.getElementById("wallet");
  const button = document.getElementById("wallet-button");
  let drawing = null;

  async function draw() {
    const provider = await import(wallet.dataset.module);
    await provider.mountButton(readConfig("wallet-config"), button, conversation(form, page, wallet.dataset.textProblem));
    form.dataset.walletReady = "";
  }

  function show() {
    if (!page.isChosen()) return;
    drawing ??= draw().catch((error) => {
      console.error(error);
      drawing = null;
    });
  }

  form.addEventListener("change", ({ target }) => target.name === "gateway" && show());
  show();
}
