// Checks a log that Jikimi wrote with Go's own checksum-database packages, which know nothing of
// Jikimi: golang.org/x/mod/sumdb/{tlog,note}.
//
//	go run . FOLDER
//
// FOLDER holds key, checkpoint.SIZE, tile/..., consistency/FROM-TO, and proofs/NAME.tlog-proof with
// NAME.entry; FOLDER/exported a log as it was exported from a database: key, checkpoint, tile/...,
// proofs/..., and successions/1, by which kept/key, whose last checkpoint is kept/checkpoint, led to
// key. Besides that all of it verifies, it must stop verifying when a byte of it changes.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

// files reads the tiles of one tree; its changes stand in for a log that was tampered with.
type files struct {
	folder  string
	changes map[string][]byte
}

func (f *files) read(name string) ([]byte, error) {
	if changed, ok := f.changes[name]; ok {
		return changed, nil
	}
	return os.ReadFile(filepath.Join(f.folder, filepath.FromSlash(name)))
}

// name is the path of a tile in C2SP's tlog-tiles: Go's own has the height in front.
func name(tile tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
}

func (f *files) Height() int { return tileHeight }

func (f *files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := f.read(name(tile))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (f *files) SaveTiles([]tlog.Tile, [][]byte) {}

// entries reads the bundle of a level 0 tile.
func (f *files) entries(tile tlog.Tile) ([][]byte, error) {
	path := strings.Replace(name(tile), "tile/0/", "tile/entries/", 1)
	data, err := f.read(path)
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for len(data) >= 2 {
		size := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+size {
			return nil, errors.New(path + ": cut off")
		}
		all = append(all, data[2:2+size])
		data = data[2+size:]
	}
	if len(data) != 0 || len(all) != tile.W {
		return nil, errors.New(path + ": wrong number of entries")
	}
	return all, nil
}

func openCheckpoint(signed []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, fmt.Errorf("checkpoint has the text %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// checkTree reads every entry and every tile of a tree and compares them with its checkpoint.
func checkTree(f *files, tree tlog.Tree) error {
	reader := tlog.TileHashReader(tree, f)
	for _, tile := range tlog.NewTiles(tileHeight, 0, tree.N) {
		if tile.L != 0 {
			continue
		}
		entries, err := f.entries(tile)
		if err != nil {
			return err
		}
		var indexes []int64
		for i := range entries {
			indexes = append(indexes, tlog.StoredHashIndex(0, tile.N*256+int64(i)))
		}
		hashes, err := reader.ReadHashes(indexes) // verified against the root
		if err != nil {
			return err
		}
		for i, entry := range entries {
			if tlog.RecordHash(entry) != hashes[i] {
				return fmt.Errorf("entry %d has another hash", tile.N*256+int64(i))
			}
		}
	}
	root, err := tlog.TreeHash(tree.N, reader)
	if err == nil && root != tree.Hash {
		err = errors.New("another root")
	}
	return err
}

// checkProof checks one .tlog-proof for an entry.
func checkProof(text []byte, entry []byte, verifier note.Verifier) error {
	lines, checkpoint, found := bytes.Cut(text, []byte("\n\n"))
	if !found {
		return errors.New("no checkpoint")
	}
	parts := strings.Split(string(lines), "\n")
	if len(parts) < 2 || parts[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(parts[1], "index ") {
		return errors.New("malformed head")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(parts[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range parts[2:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			return errors.New("malformed hash")
		}
		proof = append(proof, tlog.Hash(*(*[tlog.HashSize]byte)(hash)))
	}
	tree, err := openCheckpoint(checkpoint, verifier)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "FAILED: %s: %v\n", what, err)
		os.Exit(1)
	}
}

func mustNot(err error, what string) {
	if err == nil {
		fmt.Fprintf(os.Stderr, "FAILED: %s: went unnoticed\n", what)
		os.Exit(1)
	}
}

// flipped changes a bit that counts also in the last character of a base64 text, whose two lowest
// bits Go's decoder ignores. (Jikimi's refuses them.)
func flipped(data []byte, at int) []byte {
	changed := append([]byte(nil), data...)
	changed[at] ^= 4
	return changed
}

func readKey(f *files) note.Verifier {
	key, err := f.read("key")
	must(err, "key")
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	must(err, "key")
	return verifier
}

// checkCheckpoint opens a checkpoint, which must not open with any byte changed.
func checkCheckpoint(path string, verifier note.Verifier) tlog.Tree {
	signed, err := os.ReadFile(path)
	must(err, path)
	tree, err := openCheckpoint(signed, verifier)
	must(err, path)
	for at := range signed {
		_, err := openCheckpoint(flipped(signed, at), verifier)
		mustNot(err, fmt.Sprintf("%s flipped at byte %d", path, at))
	}
	return tree
}

// checkProofs checks each inclusion proof; how many there are.
func checkProofs(f *files, verifier note.Verifier) int {
	proofs, err := filepath.Glob(filepath.Join(f.folder, "proofs", "*.tlog-proof"))
	must(err, "proofs")
	for _, path := range proofs {
		text, err := os.ReadFile(path)
		must(err, path)
		entry, err := os.ReadFile(strings.TrimSuffix(path, ".tlog-proof") + ".entry")
		must(err, path)
		must(checkProof(text, entry, verifier), path)
		for at := range text {
			mustNot(checkProof(flipped(text, at), entry, verifier),
				fmt.Sprintf("%s flipped at byte %d", path, at))
		}
		mustNot(checkProof(text, append(entry, 0), verifier), path+" for another entry")
	}
	return len(proofs)
}

// checkTiles changes every tile of a tree, which is noticed; how many there are.
func checkTiles(f *files, tree tlog.Tree) int {
	tiles := 0
	for _, tile := range tlog.NewTiles(tileHeight, 0, tree.N) {
		data, err := f.read(name(tile))
		must(err, name(tile))
		f.changes[name(tile)] = flipped(data, len(data)/2)
		mustNot(checkTree(f, tree), name(tile)+" flipped")
		delete(f.changes, name(tile))
		tiles++
	}
	return tiles
}

// openSuccession opens a note in which one key of a log leads to the next, signed by both; the tree
// that the next one goes on from.
func openSuccession(signed []byte, former, next note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(signed, note.VerifierList(former, next))
	if err != nil {
		return tlog.Tree{}, err
	}
	if len(opened.Sigs) != 2 || len(opened.UnverifiedSigs) != 0 {
		return tlog.Tree{}, errors.New("not signed by both keys")
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 7 || lines[0] != "jikimi.log.succession.1" ||
		!strings.HasPrefix(lines[1], "former "+former.Name()+"+") ||
		!strings.HasPrefix(lines[2], "next "+next.Name()+"+") {
		return tlog.Tree{}, fmt.Errorf("succession has the text %q", opened.Text)
	}
	size, err := strconv.ParseInt(strings.TrimPrefix(lines[3], "size "), 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(strings.TrimPrefix(lines[4], "root "))
	return tlog.Tree{N: size, Hash: root}, err
}

// checkSuccession follows the log from a key that somebody kept, and its checkpoint, to the present.
func checkSuccession(f *files, next note.Verifier, tree tlog.Tree) {
	former := readKey(&files{folder: filepath.Join(f.folder, "kept")})
	kept := checkCheckpoint(filepath.Join(f.folder, "kept", "checkpoint"), former)
	path := filepath.Join(f.folder, "successions", "1")
	signed, err := os.ReadFile(path)
	must(err, path)
	from, err := openSuccession(signed, former, next)
	must(err, path)
	for at := range signed {
		_, err := openSuccession(flipped(signed, at), former, next)
		mustNot(err, fmt.Sprintf("%s flipped at byte %d", path, at))
	}
	reader := tlog.TileHashReader(tree, f)
	for _, old := range []tlog.Tree{from, kept} {
		proof, err := tlog.ProveTree(tree.N, old.N, reader)
		must(err, path)
		must(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash), path)
	}
}

// checkExported checks a log that was kept in a database.
func checkExported(f *files) {
	verifier := readKey(f)
	tree := checkCheckpoint(filepath.Join(f.folder, "checkpoint"), verifier)
	must(checkTree(f, tree), "exported log")
	checkSuccession(f, verifier, tree)
	proofs := checkProofs(f, verifier)
	tiles := checkTiles(f, tree)
	if tree.N == 0 || proofs == 0 || tiles == 0 {
		must(errors.New("something is missing"), f.folder)
	}
	fmt.Printf("Go agrees with the exported log and its succession of keys: %d inclusion proofs, %d tiles of %d entries\n",
		proofs, tiles, tree.N)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run . FOLDER")
		os.Exit(2)
	}
	f := &files{folder: os.Args[1], changes: map[string][]byte{}}
	verifier := readKey(f)

	// Each checkpoint, and that the next one goes on from it.
	names, err := filepath.Glob(filepath.Join(f.folder, "checkpoint.*"))
	must(err, "checkpoints")
	trees := map[int64]tlog.Tree{}
	var largest tlog.Tree
	for _, path := range names {
		tree := checkCheckpoint(path, verifier)
		trees[tree.N] = tree
		if tree.N > largest.N {
			largest = tree
		}
		must(checkTree(f, tree), path)
	}
	reader := tlog.TileHashReader(largest, f)
	for _, tree := range trees {
		proof, err := tlog.ProveTree(largest.N, tree.N, reader)
		must(err, "consistency")
		must(tlog.CheckTree(proof, largest.N, largest.Hash, tree.N, tree.Hash), "consistency")
	}

	// Each consistency proof that Jikimi made.
	consistency, err := filepath.Glob(filepath.Join(f.folder, "consistency", "*"))
	must(err, "consistency proofs")
	for _, path := range consistency {
		var from, to int64
		_, err := fmt.Sscanf(filepath.Base(path), "%d-%d", &from, &to)
		must(err, path)
		data, err := os.ReadFile(path)
		must(err, path)
		var proof tlog.TreeProof
		for _, line := range strings.Fields(string(data)) {
			hash, err := tlog.ParseHash(line)
			must(err, path)
			proof = append(proof, hash)
		}
		must(tlog.CheckTree(proof, to, trees[to].Hash, from, trees[from].Hash), path)
		if len(proof) > 0 {
			proof[0][0] ^= 1
			mustNot(tlog.CheckTree(proof, to, trees[to].Hash, from, trees[from].Hash), path)
		}
	}

	proofs := checkProofs(f, verifier)
	tiles := checkTiles(f, largest)
	if len(trees) == 0 || proofs == 0 || len(consistency) == 0 || tiles == 0 {
		must(errors.New("something is missing"), f.folder)
	}
	fmt.Printf("Go agrees: %d checkpoints, %d consistency proofs, %d inclusion proofs, %d tiles of %d entries\n",
		len(trees), len(consistency), proofs, tiles, largest.N)
	checkExported(&files{folder: filepath.Join(f.folder, "exported"), changes: map[string][]byte{}})
}
