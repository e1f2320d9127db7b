#!/usr/bin/env pwsh
<#
.SYNOPSIS
Builds, tests and packs VfsSync: a thin layer over dotnet.
.DESCRIPTION
Build lays out the module, so that `Import-Module ./VfsSync.psd1` works. Test runs everything. Pack leaves VfsSync/<version>/, which can be dropped into a
folder of $env:PSModulePath, and VfsSync.<version>.nupkg, which the PowerShell Gallery takes. Only core cmdlets and .NET are used, so that the hosted engine
of examples/Quickstart runs it, too.
.EXAMPLE
./build.ps1
.EXAMPLE
./build.ps1 Test
.EXAMPLE
./build.ps1 Pack -Configuration Release
#>
param(
    [Parameter(Position = 0)] [ValidateSet('Build', 'Test', 'Pack')] [string[]] $Task = 'Build',
    [ValidateSet('Debug', 'Release')] [string] $Configuration = 'Release',
    [string] $Destination = $PSScriptRoot,
    # Packs what is built.
    [switch] $NoBuild
)

$ErrorActionPreference = 'Stop'
$manifest = "$PSScriptRoot/VfsSync.psd1"
# .NET would take a relative path from the folder in which the process was started.
$Destination = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Destination)

function Invoke-Dotnet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args[0]) failed with exit code $LASTEXITCODE." }
}

function Invoke-Build {
    Invoke-Dotnet build "$PSScriptRoot/tools/VfsSync.Help" --configuration $Configuration --nologo --verbosity quiet
    $Host.UI.WriteLine("Built. Now: Import-Module $manifest")
}

function Invoke-Test { Invoke-Dotnet test "$PSScriptRoot/VfsSync.slnx" --configuration $Configuration --nologo }

function Copy-Folder ([string] $From, [string] $To) {
    $null = [IO.Directory]::CreateDirectory($To)
    foreach ($file in [IO.Directory]::GetFiles($From, '*', 'AllDirectories')) {
        $copy = [IO.Path]::Combine($To, [IO.Path]::GetRelativePath($From, $file))
        $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($copy))
        [IO.File]::Copy($file, $copy, $true)
    }
}

# What the Gallery wants to know, from the manifest alone.
function Get-Nuspec ($Module, [string] $Version) {
    $text = { param($s) [Security.SecurityElement]::Escape("$s") }
    $tags = @($Module.Tags) + 'PSModule' + ($Module.ExportedCmdlets.Keys | ForEach-Object { "PSCmdlet_$_"; "PSCommand_$_" }) + 'PSIncludes_Cmdlet'
    @"
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd">
  <metadata>
    <id>VfsSync</id>
    <version>$Version</version>
    <authors>$(& $text $Module.Author)</authors>
    <owners>$(& $text $Module.CompanyName)</owners>
    <requireLicenseAcceptance>false</requireLicenseAcceptance>
    <licenseUrl>$(& $text $Module.LicenseUri)</licenseUrl>
    <description>$(& $text $Module.Description)</description>
    <releaseNotes>$(& $text $Module.ReleaseNotes)</releaseNotes>
    <copyright>$(& $text $Module.Copyright)</copyright>
    <tags>$(& $text ($tags -join ' '))</tags>
  </metadata>
</package>
"@
}

# A nupkg is a zip with three parts of its own beside the files.
function New-Package ([string] $Folder, [string] $Nuspec, [string] $Package) {
    [IO.File]::Delete($Package)
    $zip = [IO.Compression.ZipFile]::Open($Package, 'Create')
    try {
        $add = {
            param($name, $text)
            $writer = [IO.StreamWriter]::new($zip.CreateEntry($name).Open())
            $writer.Write($text)
            $writer.Dispose()
        }
        & $add 'VfsSync.nuspec' $Nuspec
        & $add '_rels/.rels' '<?xml version="1.0" encoding="utf-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/VfsSync.nuspec" Id="R0" /></Relationships>'
        $files = [IO.Directory]::GetFiles($Folder, '*', 'AllDirectories')
        $kinds = @($files | ForEach-Object { [IO.Path]::GetExtension($_).TrimStart('.') }) + 'nuspec'
        $defaults = [Collections.Generic.SortedSet[string]]::new([string[]] $kinds) | ForEach-Object { "<Default Extension=`"$_`" ContentType=`"application/octet`" />" }
        & $add '[Content_Types].xml' "<?xml version=`"1.0`" encoding=`"utf-8`"?><Types xmlns=`"http://schemas.openxmlformats.org/package/2006/content-types`"><Default Extension=`"rels`" ContentType=`"application/vnd.openxmlformats-package.relationships+xml`" />$($defaults -join '')</Types>"
        foreach ($file in $files) {
            $null = [IO.Compression.ZipFileExtensions]::CreateEntryFromFile($zip, $file, [IO.Path]::GetRelativePath($Folder, $file).Replace('\', '/'))
        }
    }
    finally { $zip.Dispose() }
}

function Invoke-Pack {
    if (-not $NoBuild) { Invoke-Build }
    $module = Test-ModuleManifest $manifest
    $version = "$($module.Version)"
    $folder = [IO.Path]::Combine($Destination, 'VfsSync', $version)
    if ([IO.Directory]::Exists($folder)) { [IO.Directory]::Delete($folder, $true) }
    Copy-Folder "$PSScriptRoot/module" "$folder/module"
    Copy-Folder "$PSScriptRoot/en-US" "$folder/en-US"
    [IO.File]::Copy($manifest, "$folder/VfsSync.psd1")
    if ([IO.File]::Exists("$PSScriptRoot/LICENSE")) { [IO.File]::Copy("$PSScriptRoot/LICENSE", "$folder/LICENSE.txt") }
    $package = [IO.Path]::Combine($Destination, "VfsSync.$version.nupkg")
    New-Package $folder (Get-Nuspec $module $version) $package
    $folder
    $package
}

foreach ($name in $Task) { & "Invoke-$name" }
