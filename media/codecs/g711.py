"""G.711 (ITU-T G.711): mu-law and A-law by table, between uint8 codes and int16 samples."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Codes: TypeAlias = npt.NDArray[np.uint8]
Samples: TypeAlias = npt.NDArray[np.int16]

FRAME = 160
"""Samples, and bytes, in 20 ms at 8 kHz."""


def _ulaw_values() -> Samples:
    """Sign, three bits of exponent, four of mantissa, all inverted; 33 is the bias, in 14-bit steps."""
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4 & 7).astype(np.int32), (code & 15).astype(np.int32)
    magnitude = (((mantissa << 1) + 33) << exponent) - 33
    return (np.where(code & 0x80, -magnitude, magnitude) * 4).astype(np.int16)


def _alaw_values() -> Samples:
    """As mu-law, but with even bits inverted, no bias, and a first segment twice as long; 13-bit steps."""
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent, mantissa = (code >> 4 & 7).astype(np.int32), (code & 15).astype(np.int32)
    linear = (mantissa << 1) + 1
    magnitude = np.where(exponent == 0, linear, (linear + 32) << np.maximum(exponent - 1, 0))
    return (np.where(code & 0x80, magnitude, -magnitude) * 8).astype(np.int16)


def _ulaw_codes() -> Codes:
    """For every 16-bit sample, in the order of its unsigned twin."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 2
    biased = np.minimum(np.abs(sample) + 33, 8191)
    exponent = np.searchsorted([64, 128, 256, 512, 1024, 2048, 4096], biased, side="right")
    code = exponent << 4 | (biased >> (exponent + 1) & 15)
    return (~np.where(sample < 0, code | 0x80, code)).astype(np.uint8)


def _alaw_codes() -> Codes:
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 3
    magnitude = np.where(sample < 0, -sample - 1, sample)
    exponent = np.searchsorted([32, 64, 128, 256, 512, 1024, 2048], magnitude, side="right")
    code = exponent << 4 | (magnitude >> np.maximum(exponent, 1) & 15)
    return (np.where(sample < 0, code, code | 0x80) ^ 0x55).astype(np.uint8)


_FROM_ULAW, _FROM_ALAW = _ulaw_values(), _alaw_values()
_TO_ULAW, _TO_ALAW = _ulaw_codes(), _alaw_codes()


def decode_ulaw(codes: Codes) -> Samples:
    """Of any shape, like all four."""
    return _FROM_ULAW[codes]


def decode_alaw(codes: Codes) -> Samples:
    return _FROM_ALAW[codes]


def encode_ulaw(samples: Samples) -> Codes:
    return _TO_ULAW[samples.view(np.uint16)]


def encode_alaw(samples: Samples) -> Codes:
    return _TO_ALAW[samples.view(np.uint16)]


ULAW_TO_ALAW = encode_alaw(_FROM_ULAW).tobytes()
"""256 bytes for bytes.translate; also a look-up table, through np.frombuffer."""

ALAW_TO_ULAW = encode_ulaw(_FROM_ALAW).tobytes()

ULAW_SILENCE = b"\xff" * FRAME
