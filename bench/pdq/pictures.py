"""The pictures of src/fingerprint/test_pictures.h, and the words that pdqhash gives them.

    python3 bench/pdq/pictures.py > src/fingerprint/photo_word_cases.inc

Needs numpy and pdqhash (PyPI).
"""
import numpy as np

CASES = [
    (481, 321, 3, 1), (321, 481, 3, 2), (512, 512, 3, 3), (511, 400, 3, 4), (640, 480, 3, 5),
    (1000, 700, 3, 6), (1291, 777, 3, 7), (64, 64, 3, 8), (63, 65, 3, 9), (65, 63, 3, 10),
    (127, 33, 3, 11), (128, 128, 3, 12), (129, 257, 3, 13), (300, 5, 3, 14), (5, 300, 3, 15),
    (17, 511, 3, 16), (511, 17, 3, 17), (5, 5, 3, 18), (6, 7, 3, 19), (4, 4, 3, 20),
    (300, 4, 3, 21), (1, 1, 3, 22), (256, 192, 1, 23), (97, 101, 1, 24), (2000, 37, 1, 25),
    (23, 20, 3, 26), (20, 23, 3, 27), (31, 33, 1, 28), (48, 47, 3, 29), (2600, 1700, 3, 30),
]
MASK = (1 << 64) - 1


def split_mix(seed, count):
    """The first `count` numbers of SplitMix64."""
    with np.errstate(over='ignore'):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9e3779b97f4a7c15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xbf58476d1ce4e5b9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94d049bb133111eb)
        return z ^ (z >> np.uint64(31))


def wave(at, period):
    return np.abs(at % (2 * period) - period) * 255 // period


def picture(width, height, channels, seed):
    noise = (split_mix(seed, width * height * channels) >> np.uint64(56)).astype(np.int64)
    noise = noise.reshape(height, width, channels)
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    number = seed % 1000
    radius = min(width, height) // 4
    dx, dy = x - width // 3, y - height // 2
    disc = np.where(dx * dx + dy * dy < radius * radius, 255, 0)
    result = np.zeros((height, width, channels), dtype=np.uint8)
    for channel in range(channels):
        bands = (3 * wave(3 * x + 5 * y + 31 * number, 97 + 11 * channel)
                 + 3 * wave(7 * x + 2 * y + 17 * number, 331)
                 + 2 * wave(x * y // 16 + 5 * number, 211))
        result[:, :, channel] = (bands + 3 * disc + noise[:, :, channel]) // 12
    return result


def digits(bits):
    return '%064x' % int(''.join(map(str, bits)), 2)


def main():
    import pdqhash
    print('// Made by bench/pdq/pictures.py: width, height, channels, seed, quality, eight words.')
    for width, height, channels, seed in CASES:
        pixels = picture(width, height, channels, seed)
        if channels == 1:
            pixels = np.repeat(pixels, 3, axis=2)
        words, quality = pdqhash.compute_dihedral(np.ascontiguousarray(pixels))
        text = ',\n  '.join('"%s"' % digits(word) for word in words)
        print('{%d, %d, %d, %d, %d, {\n  %s}},' % (width, height, channels, seed, quality, text))


if __name__ == '__main__':
    main()
