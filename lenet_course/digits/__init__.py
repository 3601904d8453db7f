"""Digits of one's own: pictures prepared for a network, drawings that ship, a pad to draw on."""
