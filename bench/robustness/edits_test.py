"""bench/peers/python -m unittest discover -s bench/robustness -p '*_test.py'"""

import os
import tempfile
import unittest

import numpy as np
from PIL import Image

import edits
import held_out
import material
import peers

ALL = {**edits.EDITS, **held_out.HELD_OUT}


def photograph(width, height, seed=1):
    """Soft coloured noise: enough like a photograph to be edited."""
    small = np.random.default_rng(seed).integers(0, 256, (max(2, height // 16), max(2, width // 16), 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.BICUBIC))


class EditsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.photos = []
        for number in range(4):
            self.photos.append(os.path.join(self.folder.name, f"{number}.png"))
            Image.fromarray(photograph(320, 240, number)).save(self.photos[-1])

    def tearDown(self):
        self.folder.cleanup()

    def edit(self, name, picture, seed=1, varied=False):
        return edits.edited(self.photos[0], picture, name, ALL[name], seed, varied, self.photos)

    def test_sizes_and_shapes_of_all_kinds_come_out_as_rgb_pictures(self):
        for width, height in ((320, 240), (241, 319), (24, 24), (900, 40), (40, 900)):
            for name in ALL:
                for varied in (False, True):
                    with self.subTest(edit=name, size=(width, height), varied=varied):
                        altered, _ = self.edit(name, photograph(width, height), varied=varied)
                        self.assertEqual(altered.dtype, np.uint8)
                        self.assertEqual(altered.ndim, 3)
                        self.assertEqual(altered.shape[2], 3)
                        self.assertGreater(min(altered.shape[:2]), 0)

    def test_same_seed_gives_same_pixels_and_another_seed_others(self):
        picture = photograph(320, 240)
        for name in ALL:
            with self.subTest(edit=name):
                first, _ = self.edit(name, picture)
                again, _ = self.edit(name, picture)
                np.testing.assert_array_equal(first, again)
        one, other = (self.edit("noise-40", picture, seed)[0] for seed in (1, 2))
        self.assertTrue((one != other).any())

    def test_only_none_leaves_the_picture_as_it_was(self):
        picture = photograph(320, 240)
        for name in ALL:
            altered, _ = self.edit(name, picture)
            self.assertEqual(np.array_equal(altered, picture), name == "none", name)

    def test_crops_keep_the_share_of_the_area_that_they_say(self):
        for name, share in (("crop-75", 0.75), ("crop-50", 0.50), ("crop-25", 0.25), ("crop-10", 0.10)):
            altered, _ = self.edit(name, photograph(640, 480))
            self.assertAlmostEqual(altered.shape[0] * altered.shape[1] / (640 * 480), share, delta=0.01)

    def test_pasted_covers_the_share_of_the_area_that_it_says(self):
        black = np.zeros((240, 320, 3), np.uint8)
        for name, share in (("pasted-50", 0.50), ("pasted-25", 0.25), ("pasted-10", 0.10)):
            altered, draws = self.edit(name, black)
            self.assertAlmostEqual((altered.sum(axis=2) == 0).mean(), share, delta=0.02)
            self.assertEqual(len(draws.others), 1)

    def test_surroundings_are_never_the_photograph_itself(self):
        for seed in range(20):
            _, draws = self.edit("collage-of-four", photograph(320, 240), seed)
            self.assertNotIn("0.png", draws.others)


class MaterialTest(unittest.TestCase):
    def test_heaps_are_apart_and_leave_nothing_out(self):
        for count in (6, 7, 30, 300):
            names = [str(number) for number in range(count)]
            known, padding, strange = material.heaps(names, 1, 100)
            self.assertEqual(sorted(known + padding + strange), sorted(names))
            self.assertTrue(known and padding and strange)

    def test_shared_features_bring_different_pictures_nearer_and_leave_them_different(self):
        plain = [photograph(320, 240, seed).astype(float) for seed in (1, 2)]
        apart = np.abs(plain[0] - plain[1]).mean()
        for name, put_on in material.SHARED.items():
            first, second = (put_on(photograph(320, 240, seed)).astype(float) for seed in (1, 2))
            self.assertEqual(first.shape, second.shape, name)
            self.assertLess(np.abs(first - second).mean(), apart, name)
            self.assertGreater(np.abs(first - second).mean(), 1, name)


class PeersTest(unittest.TestCase):
    def test_bit_distances_count_bits_of_any_width(self):
        for width in (8, 32, 72, 121):
            rows = np.random.default_rng(width).integers(0, 256, (5, width)).astype(np.uint8)
            got = np.array(list(peers.bit_distances(rows, rows)))
            expected = np.array([[np.unpackbits(a ^ b).sum() for b in rows] for a in rows])
            np.testing.assert_array_equal(got, expected)


if __name__ == "__main__":
    unittest.main()
