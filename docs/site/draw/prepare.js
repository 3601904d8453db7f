// A drawing becomes like an image of MNIST: what lenet_course/digits/preparation.py does for any
// picture, here for clean ink. The digit is fitted into 20 by 20 pixels, its centre of mass put in
// the middle of 28 by 28 (LeCun et al. 1998, section III-A).
"use strict";

// ink: Uint8Array of side * side levels. Returns a tensor (28, 28, 1) from 0 to 1, or null for an
// empty sheet.
function prepare(ink, side) {
  let [top, left, bottom, right] = [side, side, -1, -1];
  ink.forEach((level, i) => {
    if (level <= 16) return; // paper
    const row = Math.floor(i / side), column = i % side;
    top = Math.min(top, row); bottom = Math.max(bottom, row);
    left = Math.min(left, column); right = Math.max(right, column);
  });
  if (bottom < 0) return null;
  const height = bottom - top + 1, width = right - left + 1;
  const scale = 20 / Math.max(height, width);
  const [high, wide] = [height, width].map((length) => Math.max(Math.round(length * scale), 1));
  const digit = new Float32Array(high * wide);
  // Each pixel of the small digit is the mean of the ink that lies below it.
  for (let y = 0; y < high; y++) for (let x = 0; x < wide; x++) {
    const down = shares(y, height / high), across = shares(x, width / wide);
    for (const [i, part] of down) for (const [j, share] of across) {
      digit[y * wide + x] += part * share * ink[(top + i) * side + left + j];
    }
  }
  const full = Math.max(...digit), mass = digit.reduce((a, b) => a + b);
  const middle = (place) => digit.reduce((sum, level, i) => sum + level * place(i), 0) / mass;
  const corner = (at, length) => Math.min(Math.max(Math.round(14 - at), 0), 28 - length);
  const row = corner(middle((i) => Math.floor(i / wide)), high), column = corner(middle((i) => i % wide), wide);
  const values = new Float32Array(28 * 28);
  digit.forEach((level, i) => {
    values[(row + Math.floor(i / wide)) * 28 + column + (i % wide)] = Math.round(255 * level / full) / 255;
  });
  return { shape: [28, 28, 1], values };
}

// The pixels from number * step to (number + 1) * step, each with its share of the whole.
function shares(number, step) {
  const from = number * step, to = from + step, found = [];
  for (let i = Math.floor(from); i < to; i++) found.push([i, (Math.min(i + 1, to) - Math.max(i, from)) / step]);
  return found;
}
