// Tells our own server of errors on this page, as a Sentry envelope: uncaught ones, those that a script logs, and
// violations of the content policy. What was typed, queries and cookies stay here; the server scrubs once more.

const url = document.querySelector('meta[name="monitoring"]').content;
const MASK = "[removed]";
const MOST = 5;
const FRAME = /(?:^\s*at )?(.*?)[ @(]*(https?:\/\/[^\s?#)]+)[^\s)]*?:(\d+):(\d+)\)?$/;
const told = new Set();

function scrub(text) {
  for (const { type, value } of document.querySelectorAll("input, textarea")) {
    if (value.length > 1 && !["checkbox", "radio", "submit"].includes(type)) text = text.replaceAll(value, MASK);
  }
  return text.replace(/[^\s@]+@[^\s@]+/g, MASK).replace(/\?\S+/g, MASK).replace(/\d[\d -]{5,}\d/g, MASK).slice(0, 300);
}

function frames(stack = "") {
  const found = stack.split("\n").map((line) => FRAME.exec(line)).filter(Boolean).slice(0, 20).reverse();
  return found.map(([, name, file, line, column]) => ({ function: name.trim(), filename: file, lineno: +line, colno: +column }));
}

function tell(type, message, stack) {
  const value = scrub(String(message));
  if (told.size >= MOST || told.has(type + value) || stack?.includes("-extension://")) return;
  told.add(type + value);
  const id = crypto.getRandomValues(new Uint8Array(16)).reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "");
  const event = {
    event_id: id,
    timestamp: Date.now() / 1000,
    platform: "javascript",
    exception: { values: [{ type, value, stacktrace: { frames: frames(stack) } }] },
    tags: { page: document.body.className.split("page-")[1] ?? "", step: location.pathname.split("/")[4] ?? "" },
  };
  const body = [{ event_id: id }, { type: "event" }, event].map((part) => JSON.stringify(part)).join("\n");
  fetch(url, { method: "POST", body, keepalive: true, credentials: "omit", referrerPolicy: "no-referrer" }).catch(() => {});
}

const tellError = (error) => tell(error.name ?? "Error", error.message ?? error, error.stack);

addEventListener("error", ({ error, message }) => (error ? tellError(error) : tell("Error", message)));
addEventListener("unhandledrejection", ({ reason }) => tellError(reason ?? "rejected"));
document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile, lineNumber }) => {
  const blocked = blockedURI.includes("://") ? blockedURI.split("/", 3).join("/") : blockedURI;
  tell("ContentPolicyViolation", `${effectiveDirective} ${blocked}`, sourceFile && `${sourceFile}:${lineNumber}:0`);
});

// The page's scripts catch what they can explain to the shopper, and log it.
const { error: log } = console;
console.error = (...said) => {
  log.apply(console, said);
  said.filter((part) => part instanceof Error).forEach(tellError);
};
