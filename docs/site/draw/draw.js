// The page where LeNet answers: the pad of notebook 12, a network that is put together by switches,
// and every layer's answer while the pen moves. forward.js computes, networks.js has the weights.
"use strict";

(() => {
  const root = document.getElementById("lenet"), folder = new URL(".", document.currentScript.src).href;
  const words = document.documentElement.lang === "vi" ? VIETNAMESE : {};
  const say = (text, values = {}) => Object.entries(values).reduce(
    (said, [name, value]) => said.replace(`{${name}}`, value), words[text] ?? text);
  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name in made) made[name] = value;
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  };
  // Rounded, it would be certain.
  const percent = (share) => (share >= 0.995 ? say("more than 99 %") : `${Math.round(100 * share)} %`);
  const number = (value) => (Math.abs(value) < 0.005 ? "0.00" : value.toFixed(2).replace("-", "−"));

  // What is chosen, and what was computed from it.
  const state = {
    activation: "relu", pooling: "max", convolution: true, training: "trained", // V2
    silenced: new Set(), image: null, painted: null, small: null, // painted: what was picked, and its ink on the pad
    network: null, ready: false, tensors: null, whole: null, point: null, // whole: with all filters
  };

  // --- Networks ---------------------------------------------------------------------------------

  function nameOf({ activation, pooling, convolution, training }) {
    return Object.keys(NETWORKS).find((name) => {
      const network = NETWORKS[name];
      return network.activation === activation && network.pooling === pooling
        && network.convolution === convolution && network.training === training;
    });
  }

  // What is special about the chosen network, in brackets behind its name.
  function special() {
    const training = { trained: [], untrained: [say("first weights")], shifted: [say("trained on shifted digits")] };
    const filters = [...state.silenced].sort().join(", ");
    const all = [...training[state.training], ...(filters ? [say("without filter {filters}", { filters })] : [])];
    return all.length ? ` (${all.join("; ")})` : "";
  }

  // The weights of each network are a script of their own, which is loaded when it is chosen.
  function choose() {
    const name = nameOf(state), network = NETWORKS[name], file = `${network.file}.js`;
    if (!network.convolution) state.silenced.clear();
    if (!(network.file in WEIGHTS)) { // no answer of the last one under its name
      Object.assign(state, { network, ready: false });
      layers.replaceChildren();
      answer();
      const missing = () => { status.textContent = say("The file {file} is missing.", { file }); };
      status.textContent = say("{file} is being loaded …", { file });
      document.head.append(element("script", { src: folder + file, onload: choose, onerror: missing }));
      return;
    }
    state.network = { ...network, weights: network.weights ??= decode(WEIGHTS[network.file]) };
    state.ready = true;
    layOut();
    describe();
    answer();
  }

  function describe() {
    const { label, parameters, accuracy } = state.network;
    const about = { parameters: parameters.toLocaleString("en"), accuracy: `${accuracy} %` };
    status.textContent = `${say(label)}${special()}: ` + (state.silenced.size
      ? say("{accuracy} of the 10,000 test images right with all filters", about)
      : say("{parameters} parameters, {accuracy} of the 10,000 test images right", about));
  }

  // --- Switches ---------------------------------------------------------------------------------

  function choice(title, name, choices) {
    const group = element("fieldset", {}, element("legend", {}, title));
    for (const [text, value] of choices) {
      const button = element("input", { type: "radio", name, checked: state[name] === value });
      button.onchange = () => {
        state[name] = value;
        if (!nameOf(state)) state.training = "trained"; // only V2 was trained on shifted images
        for (const each of root.querySelectorAll("fieldset input")) {
          each.checked = state[each.name] === each.choice;
          each.disabled = each.name === "training" && !nameOf({ ...state, training: each.choice });
        }
        choose();
      };
      button.choice = value;
      group.append(element("label", {}, button, ` ${text}`));
    }
    return group;
  }

  const status = element("p", { className: "network-status", role: "status" });
  const switches = element("div", { className: "switches" },
    choice(say("Activation"), "activation", [["sigmoid", "sigmoid"], ["ReLU", "relu"]]),
    choice(say("Pooling"), "pooling", [[say("max"), "max"], [say("none"), null]]),
    choice(say("Convolution"), "convolution", [[say("yes"), true], [say("no"), false]]),
    choice(say("Training"), "training", [
      [say("trained"), "trained"], [say("first weights"), "untrained"], [say("trained on shifted digits (V2)"), "shifted"],
    ]));

  // --- The pad, with a model in JavaScript in place of Python -------------------------------------

  const SIDE = 280, pad = element("div");
  const traits = {
    side: SIDE, networks: ["V2"], chosen: ["V2", ""], prepared: true, answers: [], kept: "",
    drawing: new DataView(new ArrayBuffer(SIDE * SIDE)), seen: new DataView(new ArrayBuffer(0)),
    message: say("Draw a digit."), words,
  };
  const listeners = {};
  const tell = (event) => (listeners[event] ?? []).forEach((call) => call());
  const model = {
    get: (name) => traits[name],
    set: (name, value) => { traits[name] = value; },
    save_changes: read,
    send: () => {},
    on: (event, call) => { (listeners[event] ??= []).push(call); },
    off: () => {},
  };

  function read() {
    const ink = new Uint8Array(traits.drawing.buffer);
    const { painted } = state;
    const picked = painted && ink.every((level, i) => level === painted.ink[i]) ? painted.image : null;
    state.small = picked ? null : shrink(ink);
    state.image = picked ?? (traits.prepared ? prepare(ink, SIDE) : state.small);
    answer();
  }

  // As drawn: the mean of each 10 by 10 pixels.
  function shrink(ink) {
    const values = new Float32Array(28 * 28);
    ink.forEach((level, i) => { values[Math.floor(i / 2800) * 28 + Math.floor((i % SIDE) / 10)] += level / 25500; });
    return values.some(Boolean) ? { shape: [28, 28, 1], values } : null;
  }

  function answer() {
    const { network, image } = state;
    if (!network) return;
    const seesIt = image && state.ready;
    state.tensors = seesIt ? forward(network, image, [...state.silenced]) : null;
    // For the scales of its maps, which stay the same when a filter is silenced.
    state.whole = seesIt && state.silenced.size && !highest() ? forward(network, image) : state.tensors;
    const pixels = new DataView(new ArrayBuffer(image ? 28 * 28 : 0));
    image?.values.forEach((level, i) => pixels.setUint8(i, Math.round(255 * level)));
    const shares = state.tensors ? [...state.tensors.output.values] : null;
    const digit = shares?.indexOf(Math.max(...shares)), name = nameOf(state).split("-")[0];
    Object.assign(traits, {
      seen: pixels, chosen: [name, ""], answers: shares ? [shares] : [],
      message: shares
        ? say("{name} says {digit}, with {share}.", {
          name: name + special(), digit, share: percent(shares[digit]),
        })
        : state.ready ? say("Draw a digit.") : "",
    });
    tell("change:answered");
    answered.textContent = traits.message;
    pickedName.textContent = "";
    for (const { button, title, image: one } of pictures) {
      const pressed = image === one;
      button.setAttribute("aria-pressed", pressed);
      if (pressed) pickedName.textContent = title;
    }
    show();
  }

  // --- Colours ------------------------------------------------------------------------------------

  const grey = (share) => { const level = Math.round(255 * share); return [level, level, level]; };
  // Blue, white, red around zero, as the notebooks draw weights.
  function signed(share) {
    const [r, g, b] = share < 0 ? [33, 102, 172] : [178, 24, 43], part = Math.min(Math.abs(share), 1);
    return [r, g, b].map((level) => Math.round(255 + (level - 255) * part));
  }

  function paint(canvas, width, height, colour) {
    const image = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      const [red, green, blue] = colour(i);
      image.data.set([red, green, blue, 255], 4 * i);
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  // --- Digits to pick -----------------------------------------------------------------------------

  const pickedName = element("p", { className: "picked" });
  const pictures = PICTURES.map(({ name, digit, pixels }) => {
    const levels = Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));
    const canvas = element("canvas", { width: 28, height: 28 });
    paint(canvas, 28, 28, (i) => grey(1 - levels[i] / 255));
    const title = digit !== null ? say("a {digit}: {name}", { digit, name })
      : name === "scribble" ? say("scribble") : say("the letter {name}", { name });
    const image = { shape: [28, 28, 1], values: Float32Array.from(levels, (level) => level / 255) };
    const button = element("button", { type: "button", title, "aria-label": title, onclick: () => pick(image) }, canvas);
    return { name, title, button, image };
  });
  const picks = element("div", { className: "picks", role: "group", "aria-label": say("Digits to pick") },
    ...pictures.map(({ button }) => button));

  // The picture stands on the pad, too, where it can be drawn over; the network reads it as it is.
  function pick(image) {
    const ink = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (
      Math.round(255 * image.values[Math.floor(i / (10 * SIDE)) * 28 + Math.floor((i % SIDE) / 10)])));
    Object.assign(state, { painted: { ink, image }, image, small: null });
    traits.drawing = new DataView(ink.slice().buffer);
    tell("change:drawing");
    answer();
  }

  // --- Layers -------------------------------------------------------------------------------------

  const layers = element("div", { className: "layers" });
  const picture = (label) => element("canvas", { width: 28, height: 28, role: "img", "aria-label": label });
  const seen = picture(say("as the network reads it")), asDrawn = picture(say("as drawn, only smaller"));
  const asDrawnFigure = element("figure", {}, asDrawn, element("figcaption", {}, say("as drawn, only smaller")));
  let drawn = []; // of each map or row of units: { canvas, name, at: place in it to [row, column, map] }

  function layOut() {
    drawn = [];
    layers.replaceChildren(element("section", { className: "layer" },
      element("h3", {}, `${say("image")} `, element("small", {}, "(28, 28, 1)")),
      element("div", { className: "maps" },
        element("figure", {}, seen, element("figcaption", {}, say("as the network reads it"))),
        asDrawnFigure)));
    const shapes = forward(state.network, { shape: [28, 28, 1], values: new Float32Array(28 * 28) });
    for (const [name, kind] of layersOf(state.network)) {
      const [height, width, channels] = shapes[name].shape;
      const shape = kind === "dense" ? `(${channels})` : `(${height}, ${width}, ${channels})`;
      const weights = state.network.weights[name];
      const count = weights ? weights.kernel.values.length + weights.bias.length : 0;
      const sizes = { shape, count: count.toLocaleString("en") };
      const about = kind === "dense" ? say("{shape}, {count} parameters, one square per unit", sizes)
        : say("{shape}, {count} parameters", sizes);
      const section = element("section", { className: "layer" }, element("h3", {}, `${name} `, element("small", {}, about)));
      const maps = element("div", { className: `maps ${kind}` });
      maps.style.setProperty("--row", channels === 6 ? 6 : 8);
      if (kind === "dense") maps.append(units(name, channels));
      else for (let map = 0; map < channels; map++) {
        const one = element("div", { className: "map" }, mapOf(name, map, height, width));
        one.prepend(name === "C1" ? filterOf(map) : element("small", {}, `${map}`));
        maps.append(one);
      }
      section.append(maps, element("p", { className: "scale" }));
      layers.append(section);
    }
    if (state.point) choosePoint(state.point);
  }

  // Another network may have the chosen point, too; else none is chosen.
  function choosePoint({ name, index }) {
    state.point = null;
    for (const plotted of beside({ name })) {
      for (let i = 0; i < plotted.width * plotted.height; i++) {
        if (String(plotted.at(i)) !== String(index)) continue;
        plotted.cursor = i;
        state.point = { name, index, plotted };
      }
    }
  }

  // A picture of a map or of a row of units. One of a layer's is in the order of Tab; the arrow keys
  // move a point, from a map's edge into the next map.
  function plot(name, width, height, at, label) {
    const middle = Math.floor(height / 2) * width + Math.floor(width / 2);
    const canvas = element("canvas", { width, height, role: "application", "aria-label": label });
    const plotted = { canvas, name, at, width, height, cursor: middle };
    canvas.tabIndex = beside(plotted).length ? -1 : 0;
    canvas.onclick = (event) => {
      const box = canvas.getBoundingClientRect(), scale = width / box.width;
      const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
      // A finger is wider than a point: the brightest one below it counts.
      select(plotted, brightest(plotted, x, y, event.pointerType === "touch" ? 12 * scale : 0));
    };
    canvas.onkeydown = (event) => {
      const { cursor } = plotted, column = cursor % width, maps = beside(plotted), map = maps.indexOf(plotted);
      const [before, after] = [maps[map - 1], maps[map + 1]];
      const moves = {
        ArrowLeft: () => (column ? [cursor - 1] : before ? [cursor + width - 1, before] : [cursor]),
        ArrowRight: () => (column < width - 1 ? [cursor + 1] : after ? [cursor - width + 1, after] : [cursor]),
        ArrowUp: () => [cursor - width], ArrowDown: () => [cursor + width],
        Enter: () => [cursor], " ": () => [cursor], End: () => [brightest(plotted, 0, 0, Infinity)],
      };
      if (!(event.key in moves)) return;
      event.preventDefault();
      const [to, other = plotted] = moves[event.key]();
      select(other, to);
      other.canvas.scrollIntoView({ block: "nearest" });
    };
    drawn.push(plotted);
    return element("div", { className: "plot" }, canvas);
  }

  // The place with the highest value within a distance of a point (x, y), or the point itself.
  function brightest({ name, at, width, height }, x, y, distance) {
    const tensor = state.tensors?.[name];
    let best = Math.floor(y) * width + Math.floor(x), high = -Infinity;
    for (let place = 0; tensor && place < width * height; place++) {
      const away = Math.max(Math.abs(place % width + 0.5 - x), Math.abs(Math.floor(place / width) + 0.5 - y));
      if (away > distance || !at(place)) continue;
      const level = valueAt(tensor, at(place));
      if (level > high) [best, high] = [place, level];
    }
    return best;
  }

  const beside = ({ name }) => drawn.filter((each) => each.name === name);

  function select(plotted, place) {
    const { canvas, name, at, width, height } = plotted;
    if (place < 0 || place >= width * height || !at(place)) return;
    plotted.cursor = place;
    state.point = { name, index: at(place), plotted };
    canvas.focus({ preventScroll: true });
    show();
    sum.parentElement.scrollTop = 0;
    spoken.textContent = sum.querySelector("h3")?.textContent ?? "";
  }

  function mapOf(name, map, height, width) {
    const label = say("{name}, map {map}. The arrow keys move a point, End goes to the brightest.", { name, map });
    return plot(name, width, height, (i) => [Math.floor(i / width), i % width, map], label);
  }

  function units(name, count) {
    const width = count === 10 ? 10 : 12;
    const label = say("{name}, {count} units. The arrow keys move a point, End goes to the brightest.", { name, count });
    const row = plot(name, width, Math.ceil(count / width), (i) => (i < count ? [0, 0, i] : null), label);
    if (name !== "output") return row;
    const digits = Array.from({ length: 10 }, (_, digit) => element("span", {}, `${digit}`));
    return element("div", { className: "digits" }, row, ...digits);
  }

  // A filter of C1 and the switch that silences it.
  function filterOf(map) {
    const canvas = element("canvas", { className: "filter", width: 3, height: 3, role: "img",
      "aria-label": say("filter {map} of C1", { map }) });
    const { kernel, bias } = state.network.weights.C1;
    const most = Math.max(...kernel.values.map(Math.abs));
    const draw = () => paint(canvas, 3, 3, (i) => (
      signed(state.silenced.has(map) ? 0 : kernel.values[i * bias.length + map] / most)));
    draw();
    const box = element("input", { type: "checkbox", checked: !state.silenced.has(map),
      "aria-label": say("filter {map} takes part", { map }) });
    box.onchange = () => {
      if (box.checked) state.silenced.delete(map);
      else state.silenced.add(map);
      draw();
      describe();
      answer();
    };
    return element("label", { className: "filter-switch" }, canvas, box, ` ${map}`);
  }

  function show() {
    const { tensors, image, small } = state;
    paint(seen, 28, 28, (i) => grey(1 - (image?.values[i] ?? 0)));
    asDrawnFigure.hidden = !small;
    paint(asDrawn, 28, 28, (i) => grey(1 - (small?.values[i] ?? 0)));
    for (const name of new Set(drawn.map((each) => each.name))) showLayer(name, tensors?.[name]);
    mark();
    explain();
    if (inPython.open) python();
  }

  function showLayer(name, tensor) {
    const maps = beside({ name });
    const high = highest(name) || (tensor ? Math.max(...state.whole[name].values, 1e-9) : 1);
    for (const { canvas, at, width, height } of maps) {
      paint(canvas, width, height, (i) => {
        const place = at(i);
        if (!tensor || !place) return grey(tensor ? 1 : 0.5);
        return grey(valueAt(tensor, place) / high);
      });
    }
    const scale = maps[0].canvas.closest(".layer").querySelector(".scale");
    scale.textContent = tensor ? say("black is 0, white is {high}", { high: number(high) }) : "";
  }

  const highest = (name) => (name === "output" || state.network.activation === "sigmoid" ? 1 : 0);

  // A frame around the chosen point.
  const frame = element("i", { className: "point" });
  function mark() {
    frame.remove();
    if (!state.point) return;
    const { canvas, width, height, cursor } = state.point.plotted, row = Math.floor(cursor / width);
    for (const each of beside(state.point.plotted)) each.canvas.tabIndex = each.canvas === canvas ? 0 : -1;
    Object.assign(frame.style, {
      left: `${100 * (cursor % width) / width}%`, top: `${100 * row / height}%`,
      width: `${100 / width}%`, height: `${100 / height}%`,
    });
    canvas.after(frame);
  }

  // --- The sum behind a value -----------------------------------------------------------------------

  const sum = element("div", { className: "sum", tabIndex: -1 });
  const spoken = element("p", { className: "spoken", role: "status" });

  function explain() {
    const { point, tensors, network } = state;
    if (!point || !tensors || !(point.name in tensors)) {
      sum.replaceChildren(element("p", {}, state.ready
        ? say("Click or tap on a bright point of a map, or move there with the arrow keys: the sum behind it stands here. Rows, columns and maps are counted from 0.") : ""));
      return;
    }
    const { name, index } = point;
    const found = behind(network, tensors, name, index, [...state.silenced]);
    const close = element("button", { type: "button", className: "close", "aria-label": say("Close"), onclick: () => { leave(); sum.focus(); } }, "×");
    const title = element("h3", {}, `${name}, ${placeOf(name, index)}: ${number(found.value)}`);
    const children = [close, title];
    if (found.kind === "pooling") {
      const levels = found.terms.map(({ level }) => number(level)).join(", ");
      children.push(element("p", {}, say("the highest of four values of {before}: {levels}", { before: found.before, levels })));
    } else {
      children.push(found.kind === "dense" ? strongest(found) : patches(found));
      const shown = { bias: number(found.bias), sum: number(found.sum), value: number(found.value) };
      const activation = network.activation.replace("relu", "ReLU");
      children.push(element("p", {}, name === "output"
        ? say("All products and the bias {bias} add up to {sum}. The sums of the ten digits are {sums}. Softmax takes e to the power of each; {value} is the share of this one in their total.", {
          ...shown, sums: sumsOf(tensors).join(", "),
        })
        : say("All products and the bias {bias} add up to {sum}; {activation} makes {value} of it.", { ...shown, activation })));
    }
    sum.replaceChildren(...children);
  }

  const sumsOf = (tensors) => [...Array(10).keys()].map((digit) => (
    number(behind(state.network, tensors, "output", [0, 0, digit]).sum)));

  function leave() {
    state.point = null;
    show();
  }
  root.addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); });

  function placeOf(layer, [row, column, map]) {
    if (layer === "output") return say("digit {map}", { map });
    if (layer[0] === "F") return say("unit {map}", { map });
    if (layer === "image") return say("row {row}, column {column}", { row, column });
    return say("row {row}, column {column}, map {map}", { row, column, map });
  }

  const cell = (tag, text, colour) => {
    const made = element(tag, {}, text);
    if (colour) made.style.background = `rgb(${colour.join(" ")})`;
    return made;
  };

  // Of a convolution: a row per map that the filter reads, its patch, the weights, their products.
  function patches({ terms, before }) {
    const channels = terms.length / 9, most = Math.max(...terms.map(({ weight }) => Math.abs(weight)));
    const rows = [];
    for (let channel = 0; channel < channels; channel++) {
      const nine = terms.filter((_, i) => i % channels === channel);
      const grid = (value, colour) => element("table", { className: "nine" }, element("tbody", {}, ...[0, 3, 6].map((i) => (
        element("tr", {}, ...nine.slice(i, i + 3).map((term) => cell("td", number(value(term)), colour?.(term))))))));
      rows.push(element("tr", {}, element("th", { scope: "row" }, before === "image" ? "" : `${channel}`),
        element("td", {}, grid(({ level }) => level)),
        element("td", {}, grid(({ weight }) => weight, ({ weight }) => signed(0.6 * weight / (most || 1)))),
        element("td", {}, grid(({ level, weight }) => level * weight)),
        cell("td", number(nine.reduce((total, { level, weight }) => total + level * weight, 0)))));
    }
    const heads = [before === "image" ? "" : say("map of {before}", { before }), say("patch"), say("× weights"), say("= products"), say("sum")];
    return table(heads, rows);
  }

  // Of a unit: the eight inputs that count most, and what the others add.
  function strongest({ terms, before }) {
    const product = ({ level, weight }) => level * weight;
    const sorted = [...terms].sort((one, other) => Math.abs(product(other)) - Math.abs(product(one)));
    const others = sorted.slice(8), rest = others.reduce((total, term) => total + product(term), 0);
    const heads = [say("inputs that count most"), say("value"), say("× weight"), say("= product")];
    const name = (text) => element("th", { scope: "row" }, text);
    return table(heads, [
      ...sorted.slice(0, 8).map((term) => element("tr", {}, name(`${before === "image" ? say("image") : before}, ${placeOf(before, term.place)}`),
        cell("td", number(term.level)), cell("td", number(term.weight)), cell("td", number(product(term))))),
      element("tr", {}, name(say("the other {count}", { count: others.length.toLocaleString("en") })),
        cell("td", ""), cell("td", ""), cell("td", number(rest))),
    ]);
  }

  function table(heads, rows) {
    return element("table", { className: "terms" }, element("thead", {}, element("tr", {},
      ...heads.map((head) => element("th", { scope: "col" }, head)))), element("tbody", {}, ...rows));
  }

  // --- The same in Python ---------------------------------------------------------------------------

  const code = element("code"), copy = element("button", { type: "button" }, say("Copy"));
  copy.onclick = async () => {
    await navigator.clipboard?.writeText(code.textContent);
    copy.textContent = say("Copied");
  };

  function python() {
    const { image, activation, pooling, convolution, training, silenced } = state;
    const name = nameOf(state), shipped = state.network.ships;
    const pool = pooling ? '"max"' : "None", conv = convolution ? "True" : "False";
    const built = `build_lenet(activation="${activation}", pooling=${pool}, convolution=${conv}, seed=0)`;
    const first = layersOf(state.network)[0][0], maps = first[0] === "F" ? null : first;
    const names = [...(image ? ["predict_digit"] : []), ...(image && maps ? ["feature_maps"] : []), shipped ? "load_trained" : "build_lenet"];
    if (!shipped && training === "trained") names.push("load_mnist", "preprocess", "train");
    const lines = ["import numpy as np", "", `from lenet import ${names.sort().join(", ")}`, ""];
    if (shipped) lines.push(`model = load_trained("${name}")`);
    else lines.push(`model = ${built}`);
    if (!shipped && training === "trained") lines.push("(x_train, y_train), _ = load_mnist()",
      "train(model, *preprocess(x_train[:55_000], y_train[:55_000]), epochs=30, seed=0)");
    if (silenced.size) lines.push('kernel, bias = model.get_layer("C1").get_weights()',
      `kernel[..., [${[...silenced].sort().join(", ")}]] = 0`, 'model.get_layer("C1").set_weights([kernel, bias])');
    if (image) {
      const rows = [...Array(28).keys()].map((row) => `    [${[...image.values.slice(28 * row, 28 * row + 28)]
        .map((level) => Math.round(255 * level)).join(", ")}],`);
      lines.push("image = np.array([", ...rows, "], np.uint8)");
      lines.push("digit, probabilities = predict_digit(model, image)");
      lines.push("print(digit, probabilities.round(2))");
      if (maps) lines.push(`maps = feature_maps(model, image, "${maps}")`);
    }
    code.textContent = lines.join("\n");
    copy.textContent = say("Copy");
  }

  // --- The page -------------------------------------------------------------------------------------

  const inPython = element("details", { ontoggle: python }, element("summary", {}, say("The same in Python")),
    copy, element("pre", { tabIndex: 0 }, code));
  const answered = element("p", { className: "answered", "aria-hidden": "true" }); // beside the maps, in sight
  const controls = element("div", { className: "controls" }, pad, picks, pickedName, switches, status,
    element("p", { className: "note" }, say("In digits dark is ink; in maps bright is high; in filters red is positive, blue negative. A filter without its tick is silenced. What is prepared is scaled and centred as MNIST's digits are.")));
  root.append(controls, layers, element("div", { className: "beside" }, answered, sum), spoken, inPython);
  choose();
  render({ model, el: pad });
  pick(pictures.find(({ name }) => name === "x_test[300]").image);
})();
