"""Text in, text out."""


class Sentiment:
    GOOD, BAD = {"good", "great", "love"}, {"bad", "awful", "hate"}

    def predict(self, X, features_names=None, meta=None):
        words = X.lower().split()
        score = sum(word in self.GOOD for word in words) - sum(word in self.BAD for word in words)
        return "positive" if score > 0 else "negative" if score < 0 else "neutral"
