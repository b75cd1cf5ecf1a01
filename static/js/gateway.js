// What every payment module needs: its provider's script, and the theme's look for fields drawn in foreign frames.

const loading = new Map();

/** Load a provider's script once. A failed attempt is forgotten, so that the next one tries again. */
export function loadScript(url, attributes = {}) {
  if (!loading.has(url)) {
    const attempt = new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: url, async: true });
      for (const [name, value] of Object.entries(attributes)) script.setAttribute(name, value);
      script.addEventListener("load", resolve);
      script.addEventListener("error", () => {
        script.remove();
        loading.delete(url);
        reject(new Error(`${url} could not be loaded`));
      });
      document.head.append(script);
    });
    loading.set(url, attempt);
  }
  return loading.get(url);
}

/** The theme as plain values: colours resolved to what the browser shows, whatever the theme computed them from. */
export function themeLook() {
  const styles = getComputedStyle(document.documentElement);
  const probe = document.body.appendChild(document.createElement("span"));
  const colour = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const look = {
    accent: colour("--color-accent"),
    surface: colour("--color-surface"),
    ink: colour("--color-ink"),
    muted: colour("--color-muted"),
    line: colour("--color-field-line"),
    danger: colour("--color-danger"),
    font: styles.getPropertyValue("--font-text").trim(),
    radius: styles.getPropertyValue("--radius-control").trim(),
    height: styles.getPropertyValue("--control-height").trim(),
  };
  probe.remove();
  return look;
}

/** The payment's public values, as the server put them into the page. */
export function readConfig(id = "payment-config") {
  return JSON.parse(document.getElementById(id).textContent);
}

/** Reject when `promise` takes longer than `seconds`: a frame that never answers is a frame that failed to load. */
export function within(seconds, promise) {
  const late = new Promise((_, reject) => {
    setTimeout(reject, seconds * 1000, new Error(`no answer within ${seconds} s`));
  });
  return Promise.race([promise, late]);
}
