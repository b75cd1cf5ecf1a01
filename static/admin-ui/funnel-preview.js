/* Fits the frames of a preview into their places, and copies the link of what is shown. */
const watcher = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const frame = target.querySelector("iframe");
    const scale = Math.min(1, target.clientWidth / frame.width);
    frame.style.transform = `scale(${scale})`;
    target.style.setProperty("--frame-height", `${frame.height * scale}px`);
  }
});
for (const figure of document.querySelectorAll(".sw-frames figure")) watcher.observe(figure);

for (const button of document.querySelectorAll("[data-copy-address]")) {
  button.hidden = false;
  button.dataset.copy = new URL(button.dataset.copyAddress, location.href).href;
}
