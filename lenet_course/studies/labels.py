"""Test images of MNIST whose label most of five people do not share.

A program picked 100 of the 10,000 test images and proposed a digit for each (for 13 of them the
label itself); five people said whether they see the label, the proposed digit, or neither. Here are
the images for which fewer than three of them see the label, with the digit that three or more see
instead; None if there is none.

Source: C. G. Northcutt, A. Athalye, J. Mueller, "Pervasive label errors in test sets destabilize
machine learning benchmarks", NeurIPS Datasets and Benchmarks, 2021, arXiv 2103.14749; counted in
`mturk/mnist_mturk.json` of https://github.com/cleanlab/label-errors, Apache License 2.0.
"""

DISPUTED = {
    **{947: 9, 1621: 6, 1901: 4, 2130: None, 2462: 0, 2597: 3, 2654: None, 3520: None},
    **{3558: 0, 5937: 3, 6651: 6, 6783: 6, 8527: None, 9679: None, 9729: 6},
}
