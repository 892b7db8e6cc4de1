#!/usr/bin/env python3
"""Makes tiny models with random weights, and what a plain implementation in numpy computes with them.

The implementation here shares nothing with the crate: one text at a time, in 64 bits, by the definitions of the papers;
tokens come from Hugging Face's own library. Run it with the folder of a real model to get vectors to compare with.

    pip install numpy safetensors tokenizers
    ./make_tiny_bert.py                               # writes tiny-bert/ and tiny-cross-encoder/ beside it
    ./make_tiny_bert.py FOLDER mean|cls MAX TEXTS OUT # TEXTS: a JSON list; OUT: numbers of 32 bits
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordPiece
from tokenizers.processors import TemplateProcessing

HERE = Path(__file__).parent
WORDS = """[PAD] [UNK] [CLS] [SEP] [MASK] ! . , - ( ) a b c d e 1 2 the of for and pre train ##train ##ing ##s ##ed
language model vision graph neural network deep learn large small trans ##former attention is all you need search by
mean ##ing of ##a ##b ##c ##d ##e ##n ##t cafe naive über 中 文""".split()
TEXTS = [
    "Pretraining large language models",
    "Attention is all you need!",
    "",
    "Café (naïve) 中文",
    "unknown zebra, the model-s",
    "the graph neural network " * 20,
    "search by meaning of a transformer. deep learning",
]
PAIRS = [
    ("pretraining", "Large language models and pretraining"),
    ("graph neural networks", "the model " * 60),
    ("deep " * 60, "vision"),
    ("the model " * 60, "a graph " * 60),
    ("", ""),
]
MAX = 32


def erf(x):
    return np.vectorize(math.erf)(x)


def forward(weights, config, tokens, types, prefix=""):
    """The last hidden states, a row for each token."""
    get = lambda name: weights[prefix + name].astype(np.float64)
    linear = lambda x, name: x @ get(name + ".weight").T + get(name + ".bias")

    def norm(x, name):
        mean = x.mean(axis=1, keepdims=True)
        variance = ((x - mean) ** 2).mean(axis=1, keepdims=True)
        return (x - mean) / np.sqrt(variance + config["layer_norm_eps"]) * get(name + ".weight") + get(name + ".bias")

    x = get("embeddings.word_embeddings.weight")[tokens]
    x = x + get("embeddings.position_embeddings.weight")[: len(tokens)]
    x = x + get("embeddings.token_type_embeddings.weight")[types]
    x = norm(x, "embeddings.LayerNorm")
    heads = config["num_attention_heads"]
    size = config["hidden_size"] // heads
    for at in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{at}."
        query, key, value = (linear(x, layer + "attention.self." + part) for part in ("query", "key", "value"))
        parts = []
        for head in range(heads):
            of = slice(head * size, (head + 1) * size)
            scores = query[:, of] @ key[:, of].T / math.sqrt(size)
            scores = np.exp(scores - scores.max(axis=1, keepdims=True))
            parts.append(scores / scores.sum(axis=1, keepdims=True) @ value[:, of])
        attended = linear(np.concatenate(parts, axis=1), layer + "attention.output.dense")
        x = norm(x + attended, layer + "attention.output.LayerNorm")
        wide = linear(x, layer + "intermediate.dense")
        wide = 0.5 * wide * (1 + erf(wide / math.sqrt(2)))
        x = norm(x + linear(wide, layer + "output.dense"), layer + "output.LayerNorm")
    return x


def embed(folder, pooling, max_tokens, texts):
    weights, config = load_file(folder / "model.safetensors"), json.load(open(folder / "config.json"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    vectors = []
    for text in texts:
        tokens = tokenizer.encode(text).ids
        states = forward(weights, config, tokens, [0] * len(tokens))
        vector = states.mean(axis=0) if pooling == "mean" else states[0]
        vectors.append(vector / np.linalg.norm(vector))
    return np.array(vectors, dtype=np.float32)


def judge(folder, max_tokens, pairs):
    weights, config = load_file(folder / "model.safetensors"), json.load(open(folder / "config.json"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens, strategy="longest_first")
    scores = []
    for query, document in pairs:
        encoding = tokenizer.encode(query, document)
        states = forward(weights, config, encoding.ids, encoding.type_ids, "bert.")
        pooled = np.tanh(weights["bert.pooler.dense.weight"] @ states[0] + weights["bert.pooler.dense.bias"])
        scores.append(float((weights["classifier.weight"] @ pooled + weights["classifier.bias"])[0]))
    return scores


def make(folder, random, prefix, hidden=16, wide=40, layers=2, heads=4):
    folder.mkdir(exist_ok=True)
    words = list(dict.fromkeys(WORDS))
    config = {"architectures": ["BertForSequenceClassification"]} if prefix else {}
    config |= {
        "model_type": "bert", "hidden_act": "gelu", "hidden_size": hidden, "intermediate_size": wide,
        "layer_norm_eps": 1e-12, "max_position_embeddings": MAX, "num_attention_heads": heads,
        "num_hidden_layers": layers, "type_vocab_size": 2, "vocab_size": len(words),
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    tokenizer = Tokenizer(WordPiece({word: at for at, word in enumerate(words)}, unk_token="[UNK]",
                                    max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    # As real models do: rules of a training run, which must not count.
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=8)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)

    draw = lambda *shape: random.normal(0, 0.3, shape).astype(np.float32)
    weights = {
        "embeddings.word_embeddings.weight": draw(len(words), hidden),
        "embeddings.position_embeddings.weight": draw(MAX, hidden),
        "embeddings.token_type_embeddings.weight": draw(2, hidden),
    }
    norms = ["embeddings.LayerNorm"]
    for at in range(layers):
        layer = f"encoder.layer.{at}."
        for name, rows, columns in [
            ("attention.self.query", hidden, hidden), ("attention.self.key", hidden, hidden),
            ("attention.self.value", hidden, hidden), ("attention.output.dense", hidden, hidden),
            ("intermediate.dense", wide, hidden), ("output.dense", hidden, wide),
        ]:
            weights[layer + name + ".weight"] = draw(rows, columns)
            weights[layer + name + ".bias"] = draw(rows)
        norms += [layer + "attention.output.LayerNorm", layer + "output.LayerNorm"]
    for name in norms:
        weights[name + ".weight"] = 1 + draw(hidden)
        weights[name + ".bias"] = draw(hidden)
    weights["pooler.dense.weight"], weights["pooler.dense.bias"] = draw(hidden, hidden), draw(hidden)
    weights = {prefix + name: value for name, value in weights.items()}
    if prefix:
        weights["classifier.weight"], weights["classifier.bias"] = draw(1, hidden), draw(1)
    save_file(weights, folder / "model.safetensors")


def main():
    if len(sys.argv) > 1:
        folder, pooling, max_tokens, texts, out = sys.argv[1:]
        embed(Path(folder), pooling, int(max_tokens), json.load(open(texts))).tofile(out)
        return
    random = np.random.default_rng(7)
    folder = HERE / "tiny-bert"
    make(folder, random, "")
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling/config.json").write_text('{"pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true}\n')
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": MAX}) + "\n")
    expected = [
        {"text": text, "mean": mean.tolist(), "cls": cls.tolist()}
        for text, mean, cls in zip(TEXTS, embed(folder, "mean", MAX, TEXTS), embed(folder, "cls", MAX, TEXTS))
    ]
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n")

    folder = HERE / "tiny-cross-encoder"
    make(folder, random, "bert.")
    expected = [
        {"query": query, "document": document, "score": score}
        for (query, document), score in zip(PAIRS, judge(folder, MAX, PAIRS))
    ]
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
