// LeNet in JavaScript: what build_lenet in lenet/model.py describes, from an image to ten
// probabilities. `draw.js` shows it; this file knows nothing of a page.
//
// A tensor is { shape: [height, width, channels], values: Float32Array }, in the order of Keras:
// map m has at (row, column) the value values[(row * width + column) * channels + m].
// A network is { activation: "sigmoid" or "relu", pooling: "max" or null, convolution: true or
// false, weights: { C1: { kernel: tensor, bias: Float32Array }, … } }.
"use strict";

const SIZE = 3; // of a kernel, height and width
const ACTIVATIONS = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  relu: (x) => Math.max(x, 0),
};

const valueAt = ({ shape: [, width, channels], values }, [row, column, map]) => values[(row * width + column) * channels + map];
const zeros = (shape) => ({ shape, values: new Float32Array(shape.reduce((a, b) => a * b)) });

// Conv2D(filters, 3, padding="same"): outside of the image there are zeros.
function convolve(input, { kernel, bias }, activate) {
  const [height, width, channels] = input.shape, filters = bias.length;
  const output = zeros([height, width, filters]), sums = new Float32Array(filters);
  for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) {
    sums.set(bias);
    for (let i = 0; i < SIZE; i++) for (let j = 0; j < SIZE; j++) {
      const y = row + i - 1, x = column + j - 1;
      if (y < 0 || y >= height || x < 0 || x >= width) continue;
      for (let channel = 0; channel < channels; channel++) {
        const level = input.values[(y * width + x) * channels + channel];
        const weights = ((i * SIZE + j) * channels + channel) * filters;
        for (let f = 0; f < filters; f++) sums[f] += level * kernel.values[weights + f];
      }
    }
    output.values.set(sums.map(activate), (row * width + column) * filters);
  }
  return output;
}

// MaxPooling2D(2): the highest of four.
function pool(input) {
  const [height, width, channels] = input.shape;
  const output = zeros([height >> 1, width >> 1, channels]);
  output.values.fill(-Infinity);
  for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) {
    for (let channel = 0; channel < channels; channel++) {
      const place = ((row >> 1) * (width >> 1) + (column >> 1)) * channels + channel;
      const level = input.values[(row * width + column) * channels + channel];
      output.values[place] = Math.max(output.values[place], level);
    }
  }
  return output;
}

// Dense(units): every unit reads every input.
function dense(input, { kernel, bias }, activate) {
  const units = bias.length, sums = bias.slice();
  input.values.forEach((level, i) => {
    if (level) for (let unit = 0; unit < units; unit++) sums[unit] += level * kernel.values[i * units + unit];
  });
  return { shape: [1, 1, units], values: activate ? sums.map(activate) : softmax(sums) };
}

function softmax(sums) {
  const powers = sums.map((sum) => Math.exp(sum - Math.max(...sums)));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}

// The names of a network's layers, in order, each with what it is.
function layersOf({ convolution, pooling }) {
  const features = [["C1", "convolution"], ["S2", "pooling"], ["C3", "convolution"], ["S4", "pooling"]];
  const has = { convolution, pooling };
  return [...features.filter(([, kind]) => has[kind]), ["F5", "dense"], ["F6", "dense"], ["output", "dense"]];
}

// feature_maps of every layer: { image, C1: tensor, …, output: tensor }. Of the silenced filters of
// C1 the nine weights are zero, as in notebook 05.
function forward(network, image, silenced = []) {
  const weights = { ...network.weights }, activate = ACTIVATIONS[network.activation];
  if (silenced.length) weights.C1 = silence(weights.C1, silenced);
  const tensors = { image };
  let x = image; // (28, 28, 1), from 0 to 1
  for (const [name, kind] of layersOf(network)) {
    if (kind === "convolution") x = convolve(x, weights[name], activate); // (28, 28, 6), (14, 14, 16)
    if (kind === "pooling") x = pool(x); // (14, 14, 6), (7, 7, 16)
    if (kind === "dense") x = dense(x, weights[name], name === "output" ? null : activate);
    tensors[name] = x; // a dense layer reads the values of the last maps in their order: Flatten
  }
  return tensors;
}

function silence({ kernel, bias }, filters) {
  const values = kernel.values.map((weight, i) => (filters.includes(i % bias.length) ? 0 : weight));
  return { kernel: { ...kernel, values }, bias };
}

// What a single value was made of: { terms: [{ place, level, weight }], bias, sum, value }. `place`
// is where the level stands in the layer before. Pooling has no weights.
function behind(network, tensors, name, index, silenced = []) {
  const [row, column, map] = index;
  const layers = layersOf(network), number = layers.findIndex(([layer]) => layer === name);
  const before = number ? layers[number - 1][0] : "image", input = tensors[before];
  const [height, width, channels] = input.shape, kind = layers[number][1];
  const value = valueAt(tensors[name], index);
  if (kind === "pooling") {
    const places = [[0, 0], [0, 1], [1, 0], [1, 1]].map(([i, j]) => [2 * row + i, 2 * column + j, map]);
    const four = places.filter(([y, x]) => y < height && x < width);
    return { before, kind, terms: four.map((place) => ({ place, level: valueAt(input, place) })), value };
  }
  let { kernel, bias } = network.weights[name];
  if (name === "C1" && silenced.length) ({ kernel, bias } = silence({ kernel, bias }, silenced));
  const terms = [];
  const add = (place, level, i) => terms.push({ place, level, weight: kernel.values[i * bias.length + map] });
  if (kind === "dense") {
    input.values.forEach((level, i) => {
      const cell = Math.floor(i / channels);
      add([Math.floor(cell / width), cell % width, i % channels], level, i);
    });
  } else for (let i = 0; i < SIZE; i++) for (let j = 0; j < SIZE; j++) {
    const y = row + i - 1, x = column + j - 1, inside = y >= 0 && y < height && x >= 0 && x < width;
    for (let c = 0; c < channels; c++) {
      add([y, x, c], inside ? valueAt(input, [y, x, c]) : 0, (i * SIZE + j) * channels + c);
    }
  }
  const sum = terms.reduce((total, { level, weight }) => total + level * weight, bias[map]);
  return { before, kind, terms, bias: bias[map], sum, value };
}

// The weights of a network as the page keeps them: { C1: [shape, kernel, bias], … }, both of float16
// in base64.
function decode(packed) {
  return Object.fromEntries(Object.entries(packed).map(([layer, [shape, kernel, bias]]) => (
    [layer, { kernel: { shape, values: floats(kernel) }, bias: floats(bias) }])));
}

function floats(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return Float32Array.from(new Uint16Array(bytes.buffer), half);
}

function half(bits) {
  const sign = bits >> 15 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
}
