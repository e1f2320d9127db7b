namespace VfsSync.Soak;

internal static class Program
{
    private const string Usage = """
        VfsSync.Soak [--seconds 60] [--seed 1] [--nodes 2|3] [--kill] [--no-directory-renames] [--pace fast|slow] [--patience SECONDS] [--keep]
        VfsSync.Soak real [FOLDER]
        """;

    private static int Main(string[] args)
    {
        try
        {
            if (args is ["real", .. var rest]) return RealInput.Run(rest.FirstOrDefault() ?? RealInput.Sdk());
            var verdict = new SoakRun(SoakOptions.Parse(args), Console.Out.WriteLine).Run();
            Console.WriteLine(verdict.ToString());
            return verdict.IsGood ? 0 : 1;
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine($"{e.Message}\n{Usage}");
            return 2;
        }
    }
}
