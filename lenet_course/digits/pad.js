// The pad of notebook 12. It keeps the strokes, draws them, and sends the picture to Python, which
// answers with what the network sees and says. `pad.py` names the traits on both sides.

const DIGITS = [...Array(10).keys()];
const page = (say) => `
  <div class="sheet">
    <canvas class="drawing" role="img" tabindex="0"
      aria-label="${say("Pad: draw one digit with mouse, pen or finger")}"></canvas>
    <div class="tools">
      <button class="undo">${say("Undo")}</button>
      <button class="clear">${say("Clear")}</button>
      <label>${say("Pen")} <input class="pen" type="range" min="4" max="40" value="16"></label>
    </div>
    <div class="tools">
      <label>${say("This is a")} <select class="meant"><option value="">?</option></select></label>
      <button class="keep" disabled>${say("Keep it")}</button>
      <span class="kept" role="status"></span>
    </div>
  </div>
  <div class="answer">
    <div class="tools">
      <label>${say("Network")} <select class="network"></select></label>
      <label>${say("and")} <select class="network"></select></label>
    </div>
    <label><input class="prepared" type="checkbox"> ${say("prepare it")}</label>
    <figure>
      <canvas class="seen" width="28" height="28" role="img"></canvas>
      <figcaption>${say("what the network sees")}</figcaption>
    </figure>
    <p class="message" role="status"></p>
  </div>
  <table><caption>${say("Probability of each digit")}</caption><thead></thead><tbody></tbody></table>`;

const same = (one, other) => one.every((level, i) => level === other[i]);

function render({ model, el }) {
  el.classList.add("lenet-pad");
  const say = (text) => (model.get("words") ?? {})[text] ?? text;
  el.innerHTML = page(say);
  const find = (name) => el.querySelector("." + name);
  const drawing = find("drawing"), seen = find("seen"), pen = find("pen"), meant = find("meant");
  const side = model.get("side"); // pixels of the drawing, as Python reads it
  drawing.width = drawing.height = side;
  let strokes = []; // each a list of points with the width of its pen
  let waiting = false; // for an answer
  let base = given(); // drawn elsewhere: before this view was, in another one, in Python
  let sent = base;

  function given() {
    const { buffer, byteOffset, byteLength } = model.get("drawing");
    return new Uint8Array(buffer, byteOffset, byteLength).slice();
  }

  const save = (name, value) => { model.set(name, value); model.save_changes(); };

  function draw() {
    const context = drawing.getContext("2d", { willReadFrequently: true });
    const image = new ImageData(side, side);
    base.forEach((level, i) => { image.data[4 * i + 3] = level; });
    context.putImageData(image, 0, 0);
    context.lineCap = context.lineJoin = "round";
    for (const { width, points } of strokes) {
      context.lineWidth = width;
      const [x, y] = points[0];
      context.beginPath();
      context.moveTo(x - 0.01, y); // of no length, a line is not drawn: a tap would leave no dot
      for (const point of points) context.lineTo(...point);
      context.stroke();
    }
    send();
  }

  function picture() {
    const colours = drawing.getContext("2d").getImageData(0, 0, side, side).data;
    return new Uint8Array(side * side).map((_, i) => colours[4 * i + 3]); // alpha: ink is black
  }

  // One picture at a time: the next leaves when Python has answered. To the same it does not.
  function send() {
    if (waiting) return;
    const ink = picture();
    if (same(ink, sent)) return;
    waiting = true;
    sent = ink;
    save("drawing", new DataView(ink.buffer));
  }

  // All views show one drawing: what is not from here takes the place of the strokes.
  function adopt() {
    const drawn = given();
    if (same(drawn, sent)) return;
    [strokes, base, sent] = [[], drawn, drawn];
    draw();
  }

  function place(event) {
    const box = drawing.getBoundingClientRect();
    const scale = side / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  drawing.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    drawing.setPointerCapture(event.pointerId);
    strokes.push({ pointer: event.pointerId, width: Number(pen.value), points: [place(event)] });
    draw();
  });
  drawing.addEventListener("pointermove", (event) => {
    const stroke = strokes.find((each) => each.pointer === event.pointerId);
    if (!stroke) return;
    const all = event.getCoalescedEvents?.() ?? [];
    stroke.points.push(...(all.length ? all : [event]).map(place));
    draw();
  });
  drawing.addEventListener("lostpointercapture", (event) => {
    for (const stroke of strokes) if (stroke.pointer === event.pointerId) delete stroke.pointer;
  });

  find("undo").onclick = () => { strokes.pop(); draw(); };
  find("clear").onclick = () => { [strokes, base] = [[], new Uint8Array(side * side)]; draw(); };
  find("prepared").onchange = (event) => save("prepared", event.target.checked);
  find("keep").onclick = () => {
    model.send({ keep: Number(meant.value) }, undefined, [picture().buffer]);
    meant.value = "";
    enable();
  };
  meant.onchange = enable;
  function enable() { find("keep").disabled = meant.value === "" || !picture().some(Boolean); }

  for (const digit of DIGITS) meant.add(new Option(digit));
  const selects = [...el.querySelectorAll(".network")];
  selects.forEach((select, i) => {
    if (i) select.add(new Option(say("no other"), ""));
    for (const name of model.get("networks")) select.add(new Option(name));
    select.setAttribute("aria-label", say(i ? "Second network" : "Network"));
    select.onchange = () => save("chosen", selects.map((each) => each.value));
  });

  function show() {
    const chosen = model.get("chosen"), answers = model.get("answers"), pixels = model.get("seen");
    selects.forEach((select, i) => { select.value = chosen[i]; });
    find("prepared").checked = model.get("prepared");
    const image = new ImageData(28, 28);
    for (let i = 0; i < 28 * 28; i++) {
      const grey = 255 - (pixels.byteLength ? pixels.getUint8(i) : 0);
      image.data.set([grey, grey, grey, 255], 4 * i);
    }
    seen.getContext("2d").putImageData(image, 0, 0);
    const names = chosen.filter(Boolean).map((name) => `<th scope="col">${name}</th>`);
    el.querySelector("thead").innerHTML = `<tr><th scope="col">${say("digit")}</th>${names.join("")}</tr>`;
    el.querySelector("tbody").innerHTML = DIGITS.map((digit) => {
      const cells = answers.map((answer) => {
        const share = answer[digit], best = share === Math.max(...answer) ? "best" : "";
        return `<td class="${best}" style="--share:${share}">${share.toFixed(2)}</td>`;
      });
      return `<tr><th scope="row">${digit}</th>${cells.join("")}</tr>`;
    }).join("");
    find("message").textContent = model.get("message");
    seen.setAttribute("aria-label", say("what the network sees") + ". " + model.get("message"));
    find("kept").textContent = model.get("kept");
    enable();
  }

  function answered() { waiting = false; show(); send(); }
  model.on("change:answered", answered);
  model.on("change:kept", show);
  model.on("change:drawing", adopt);
  draw();
  show();
  return () => {
    model.off("change:answered", answered);
    model.off("change:kept", show);
    model.off("change:drawing", adopt);
  };
}

export default { render };
