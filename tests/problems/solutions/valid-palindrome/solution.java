    static boolean isPalindrome(String text) {
        String kept = text.toLowerCase().replaceAll("[^a-z0-9]", "");
        return new StringBuilder(kept).reverse().toString().equals(kept);
    }
