// The door's camera and its answers. Codes are judged by the server alone; without this script the form does the same.

const door = document.getElementById("door");
const form = document.getElementById("check");
const input = document.getElementById("code");
const message = document.getElementById("door-message");
const place = document.getElementById("verdict-place");
const video = document.getElementById("video");
const scan = document.getElementById("scan");
const offline = document.getElementById("offline");

const LOOK_EVERY = 120;
const SOUNDS = { valid: [880, 1320], used: [330, 330], other: [220, 160] };

let audio = null;
let busy = false;

function sound(verdict) {
  navigator.vibrate?.(verdict === "valid" ? 80 : [120, 80, 120, 80, 120]);
  if (!audio) return;
  (SOUNDS[verdict] ?? SOUNDS.other).forEach((pitch, index) => {
    const tone = audio.createOscillator();
    tone.frequency.value = pitch;
    tone.connect(audio.destination);
    tone.start(audio.currentTime + index * 0.14);
    tone.stop(audio.currentTime + index * 0.14 + 0.1);
  });
}

async function ask(sent) {
  if (busy) return;
  busy = true;
  message.textContent = "";
  try {
    const response = await fetch(sent.action, {
      method: "POST",
      body: new FormData(sent),
      headers: { Accept: "application/json" },
    });
    if (!response.ok) throw new Error(`the door answered ${response.status}`);
    show(await response.json());
  } catch (error) {
    console.error(error);
    busy = false;
    message.textContent = door.dataset.textFailed;
  }
}

/** The verdict fills the screen and stays until somebody has read it; meanwhile nothing is scanned. */
function show({ verdict, result, attendance }) {
  place.innerHTML = result;
  document.getElementById("attendance").outerHTML = attendance;
  sound(verdict);
  place.querySelector("[data-next]").focus();
}

function next() {
  place.replaceChildren();
  input.value = "";
  busy = false;
  if (video.srcObject) video.play();
  else input.focus();
}

/** A function that finds a QR code in the picture: the browser's own reader, or ours where it has none. */
async function reader() {
  const known = (await window.BarcodeDetector?.getSupportedFormats?.()) ?? [];
  if (known.includes("qr_code")) {
    const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
    return async () => (await detector.detect(video))[0]?.rawValue;
  }
  await import(door.dataset.reader);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return () => {
    const scale = Math.min(1, 640 / Math.max(video.videoWidth, 1));
    canvas.width = video.videoWidth * scale;
    canvas.height = video.videoHeight * scale;
    if (!canvas.width) return undefined;
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return window.jsQR(data, width, height, { inversionAttempts: "dontInvert" })?.data;
  };
}

async function watch(read) {
  if (!busy && !offline.checkVisibility()) {
    const found = await Promise.resolve(read()).catch(() => undefined);
    if (found && !busy) {
      input.value = found;
      ask(form);
    }
  }
  setTimeout(() => watch(read), LOOK_EVERY);
}

async function startCamera() {
  audio ??= new AudioContext();
  scan.hidden = true;
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    document.getElementById("camera").hidden = false;
    await video.play();
    watch(await reader());
  } catch (error) {
    console.error(error);
    scan.hidden = false;
    message.textContent = door.dataset.textRefused;
  }
}

const tellNetwork = () => {
  offline.hidden = navigator.onLine;
};

document.addEventListener("submit", (event) => {
  if (event.target !== form && !place.contains(event.target)) return;
  event.preventDefault();
  if (event.target !== form) busy = false;
  ask(event.target);
});
place.addEventListener("click", (event) => {
  if (!event.target.closest("[data-next]")) return;
  event.preventDefault();
  next();
});
window.addEventListener("online", tellNetwork);
window.addEventListener("offline", tellNetwork);
tellNetwork();
scan.hidden = !navigator.mediaDevices?.getUserMedia;
scan.addEventListener("click", startCamera);
if (place.children.length === 0) input.focus();
