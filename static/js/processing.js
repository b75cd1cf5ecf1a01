// The processing page: finishes a challenge in place, or asks the server politely how the payment went, then moves on.
import { readConfig } from "stepwell/gateway";

const main = document.getElementById("main");
const status = main.querySelector("[data-status]");
const completeForm = main.querySelector("[data-complete]");
const retry = main.querySelector("[data-retry]");
const wayOut = main.querySelector("[data-way-out]");
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 8000;
const SLOW_AFTER_MS = 30_000;
const started = Date.now();

function say(text) {
  if (status.textContent !== text) status.textContent = text;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function fetchJson(url, options = {}) {
  const response = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store", ...options });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}

async function poll() {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.4, LONGEST_WAIT_MS)) {
    await pause(wait);
    try {
      const { state, next } = await fetchJson(main.dataset.statusUrl);
      if (state === "done") return location.replace(next);
      if (state !== main.dataset.state) return location.reload();
      if (state === "confirming" && Date.now() - started > SLOW_AFTER_MS) say(status.dataset.textSlow);
    } catch (error) {
      console.error(error);
      say(status.dataset.textOffline);
    }
  }
}

/** The server asks the gateway how the challenge ended; what the browser saw is no proof. */
async function complete() {
  say(status.dataset.textChecking);
  try {
    const { next } = await fetchJson(completeForm.action, { method: "POST", body: new FormData(completeForm) });
    location.replace(next);
  } catch (error) {
    console.error(error);
    poll();
  }
}

/** The bank's window fills the page. The way out stands under the page meanwhile, where nothing can cover or disable it. */
async function besideWayOut(show) {
  if (!wayOut) return show();
  const place = document.createComment("");
  const bar = Object.assign(document.createElement("aside"), { className: "way-out" });
  bar.setAttribute("aria-label", wayOut.dataset.wayOut);
  wayOut.replaceWith(place);
  bar.append(wayOut);
  document.documentElement.append(bar);
  document.documentElement.toggleAttribute("data-beside-way-out", true);
  try {
    return await show();
  } finally {
    document.documentElement.toggleAttribute("data-beside-way-out", false);
    place.replaceWith(wayOut);
    bar.remove();
  }
}

/** While the bank asks here, the question may be answered in another tab: then go on from there. */
async function watch() {
  for (;;) {
    await pause(LONGEST_WAIT_MS);
    const { state, next } = await fetchJson(main.dataset.statusUrl).catch(() => ({}));
    if (state === "done") return location.replace(next);
  }
}

async function challenge() {
  retry.hidden = true;
  try {
    const provider = await import(main.dataset.module);
    await besideWayOut(() => provider.challenge(readConfig(), readConfig("client-secret")));
    await complete();
  } catch (error) {
    console.error(error);
    say(status.dataset.textFailed);
    retry.hidden = false;
  }
}

if (main.dataset.state === "confirming") {
  poll();
} else if (main.dataset.module && readConfig("client-secret")) {
  retry.addEventListener("click", challenge);
  challenge();
  watch();
} else {
  poll();
}
